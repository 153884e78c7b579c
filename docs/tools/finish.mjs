// Finish the pages that Doxygen made: set the formulas, inline the graphs, index the text.
//
//   node finish.mjs HTML_FOLDER [KATEX_FOLDER]
//
// A formula that KaTeX does not understand is an error: it would be seen by readers only.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [html, katexFolder] = process.argv.slice(2);
const katex = katexFolder && createRequire(import.meta.url)(path.join(katexFolder, "katex.js"));
const macros = {};
let nFormulas = 0;
const wrong = [];

const entities = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#160;": " ",
  "&nbsp;": " ", "&amp;": "&" };
const unescape = (text) => text.replace(/&(?:lt|gt|quot|#39|#160|nbsp|amp);/g, (e) => entities[e]);
const plain = (markup) => unescape(markup.replace(/<[^>]+>/g, " "))
  .replace(/\\\[[\s\S]*?\\\]/g, " ").replace(/\\[()]/g, "").replace(/\s+/g, " ").trim();

// Code and figures may hold \( or \[ that mean something else.
const untouched = String.raw`<div class="fragment">[\s\S]*?<!-- fragment -->|<pre[\s\S]*?<\/pre>`
  + String.raw`|<svg[\s\S]*?<\/svg>|<code>[\s\S]*?<\/code>`;
const formula = String.raw`\\\[([\s\S]*?)\\\]|\\\(([\s\S]*?)\\\)`;

function setFormulas(page, text) {
  return text.replace(new RegExp(`${untouched}|${formula}`, "g"), (match, displayed, inLine) => {
    const tex = displayed ?? inLine;
    if (tex === undefined) return match;
    nFormulas++;
    try {
      const set = katex.renderToString(unescape(tex), {
        displayMode: displayed !== undefined, throwOnError: true, strict: "error", macros });
      // A line does not end within d = 64.
      return inLine?.length < 25 ? `<span class="short">${set}</span>` : set;
    } catch (error) {
      wrong.push(`${page}: ${error.message}`);
      return match;
    }
  });
}

// A graph comes as a frame of fixed width; as part of the page it fits a phone and follows the
// mode.
function inlineGraphs(text) {
  return text.replace(/<iframe[^>]*src="([^"]+\.svg)"[^>]*>[\s\S]*?<\/iframe>/g, (match, file) =>
    fs.readFileSync(path.join(html, file), "utf8").replace(/^[\s\S]*?(?=<svg)/, "")
      .replace("<svg ", '<svg role="img" aria-label="graph" ').replace(/ target="_parent"/g, ""));
}

function helpScreenReaders(text) {
  return text.replace('<div id="doc-content">', '<div id="doc-content" role="main">')
    .replace('<div class="title">', '<div class="title" role="heading" aria-level="1">')
    .replace("<h3>Table of Contents</h3>", "<h3>On this page</h3>");
}

// A line does not end between the dashes of --sentence.
function keepOptionsWhole(text) {
  return text.replace(/<code>[^<]*<\/code>/g, (code) =>
    code.replace(/--?[a-z][-a-z]*/g, (option, at) =>
      /[\w-]/.test(code[at - 1]) ? option : `<span class="option">${option}</span>`));
}

// One record a section: [address, page, section, text].
function sections(page, text) {
  const title = plain(/<div class="title"[^>]*>([\s\S]*?)<\/div>/.exec(text)?.[1] ?? page);
  const from = text.indexOf('<div class="textblock">');
  const body = text.slice(from, text.indexOf("<!-- contents -->"))
    .replace(/<(svg|nav)[\s\S]*?<\/\1>|<div class="toc[\s\S]*?<!-- toc -->/g, " ");
  const parts = body.split(/<h[1-3]><a class="anchor" id="([^"]+)"><\/a>\s*([\s\S]*?)<\/h[1-3]>/);
  const records = [[page, title, "", plain(parts[0])]];
  for (let i = 1; i < parts.length; i += 3)
    records.push([`${page}#${parts[i]}`, title, plain(parts[i + 1]), plain(parts[i + 2])]);
  return records;
}

const index = [];
for (const page of fs.readdirSync(html).filter((file) => file.endsWith(".html"))) {
  const file = path.join(html, page);
  const made = fs.readFileSync(file, "utf8");
  let text = helpScreenReaders(inlineGraphs(keepOptionsWhole(made)));
  if (text.includes("<!-- PageDoc -->")) index.push(...sections(page, text));
  if (katex) text = setFormulas(page, text);
  if (text !== made) fs.writeFileSync(file, text);
}
fs.writeFileSync(path.join(html, "fulltext.js"), `window.FULLTEXT=${JSON.stringify(index)};\n`);
const menu = path.join(html, "menu.js");
fs.writeFileSync(menu, fs.readFileSync(menu, "utf8").replaceAll('id="MSearchField"',
  'id="MSearchField" aria-label="Search the course"'));

wrong.forEach((line) => console.error(line));
if (wrong.length) process.exitCode = 1;
else console.log(`docs: ${nFormulas} formulas set, ${index.length} sections indexed`);
