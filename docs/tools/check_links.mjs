// Every link of the pages leads somewhere, and nothing is loaded from the network.
//
//   node check_links.mjs HTML_FOLDER          N passed, N failed
//
// Checked: files and anchors of links, images, scripts, styles and fonts; and that a function named
// in the text is one that the sources have.
import fs from "node:fs";
import path from "node:path";

const folder = process.argv[2];
const files = fs.readdirSync(folder, { recursive: true }).map(String);
const pages = new Map(files.filter((file) => file.endsWith(".html"))
  .map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]));
const anchors = new Map([...pages].map(([file, text]) =>
  [file, new Set([...text.matchAll(/\s(?:id|name)="([^"]+)"/g)].map((match) => match[1]))]));

let nPassed = 0;
const wrong = [];

function check(isRight, sentence) {
  if (isRight) nPassed++;
  else wrong.push(sentence);
}

const isRemote = (url) => /^(https?:)?\/\//.test(url);

function checkLink(page, attribute, url) {
  if (/^(data|mailto|javascript):/.test(url) || url === "" || url === "#") return;
  if (isRemote(url)) {
    check(attribute === "href", `${page}: loads ${url}`);
    return;
  }
  const [file, anchor] = decodeURI(url).replace(/&amp;/g, "&").split("#");
  const target = file ? path.normalize(path.join(path.dirname(page), file)) : page;
  if (!fs.existsSync(path.join(folder, target))) check(false, `${page}: there is no ${url}`);
  else check(!anchor || !anchors.has(target) || anchors.get(target).has(anchor),
    `${page}: there is no place ${url}`);
}

// The names that Doxygen made links of, somewhere
const known = new Set([...pages.values()].flatMap((text) =>
  [...text.matchAll(/<a [^>]*>((?:ref|fast)_\w+)(?:\(\))?<\/a>/g)].map((match) => match[1])));

function checkNames(page, text) {
  const prose = text.replace(/<(head|script|pre)[\s>][\s\S]*?<\/\1>/g, " ")
    .replace(/<div class="line">.*?<\/div>/g, " ").replace(/<[^>]*>/g, " ");
  for (const [, name] of prose.matchAll(/\b((?:ref|fast)_\w+)\(\)/g))
    check(known.has(name), `${page}: ${name}() is no function of the project`);
}

for (const [page, text] of pages) {
  for (const [, tag, attribute, url] of
    text.matchAll(/<(\w+)[^>]*?\s(href|src|data|xlink:href)="([^"]*)"/g))
    checkLink(page, tag === "link" ? "src" : attribute, url);
  if (text.includes("<!-- PageDoc -->")) checkNames(page, text);
}
for (const file of files.filter((name) => name.endsWith(".css"))) {
  const text = fs.readFileSync(path.join(folder, file), "utf8");
  for (const [, url] of text.matchAll(/url\(["']?(?!data:|#)([^"')]+)/g)) {
    // The fonts come in three formats; every browser of today takes the first.
    if (/\.(woff|ttf)$/.test(url)) continue;
    check(!isRemote(url) && fs.existsSync(path.join(folder, path.dirname(file), url)),
      `${file}: ${url} is remote or missing`);
  }
}

wrong.forEach((sentence) => console.error(sentence));
console.log(`links: ${nPassed} passed, ${wrong.length} failed`);
process.exitCode = wrong.length ? 1 : 0;
