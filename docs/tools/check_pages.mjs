// Look at pages with a browser, as readers do: on a desktop in light and dark, and on a phone.
//
//   node check_pages.mjs HTML_FOLDER [page.html...]          N passed, N failed
//
// Without names: the pages of the course and the lists of the API.
//
// Checked for each view: nothing comes from the network, nothing is reported on the console, the
// page is not wider than the screen, no formula and no bold text is left raw, no number of a formula
// stands on it, no id stands twice, and text has a contrast of 4.5 to 1 (3 to 1 if large). Chromium is
// driven over a pipe; nothing else is needed.
import fs from "node:fs";
import path from "node:path";
import { spawn } from "node:child_process";

const [folder, ...named] = process.argv.slice(2);
const isPage = (file) => fs.readFileSync(path.join(folder, file)).includes("<!-- PageDoc -->");
const isCourse = (file) => /^(modules|group__\w+)\.html$/.test(file)
  || (file.endsWith(".html") && isPage(file));
const pages = named.length ? named : fs.readdirSync(folder).filter(isCourse);
const views = [
  { name: "desktop, light", width: 1400, height: 900, mode: "light" },
  { name: "desktop, dark", width: 1400, height: 900, mode: "dark" },
  { name: "phone, light", width: 390, height: 844, mode: "light" },
];

// --- the browser: one JSON message after the other, a zero byte between them -------------------

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
  "--no-first-run", "--disable-background-networking", "--disable-component-update", "about:blank"];
const browser = spawn(process.env.CHROMIUM ?? "chromium", flags,
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
browser.on("error", (error) => {
  console.error(`no browser: ${error.message}`);
  process.exit(1);
});
const answers = new Map();
const listeners = new Set();
let lastId = 0;
let unread = "";
browser.stdio[4].setEncoding("utf8").on("data", (chunk) => {
  const messages = (unread + chunk).split("\0");
  unread = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.id) answers.get(message.id)(message.result ?? {});
    else listeners.forEach((listener) => listener(message));
  }
});

function send(method, params = {}, sessionId = undefined) {
  const id = ++lastId;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve) => answers.set(id, resolve));
}

function event(method, sessionId) {
  return new Promise((resolve) => {
    const listener = (message) => {
      if (message.method !== method || message.sessionId !== sessionId) return;
      listeners.delete(listener);
      resolve(message.params);
    };
    listeners.add(listener);
  });
}

// --- what is looked at: this function runs in the page -----------------------------------------

function look(screenWidth) {
  const problems = [];
  const width = document.documentElement.scrollWidth;
  if (width > screenWidth) problems.push(`${width} pixels wide`);
  const text = document.querySelector(".contents")?.innerText ?? "";
  const raw = text.match(/\\\(|\\\[|\\begin\{/g);
  if (raw) problems.push(`${raw.length} raw formulas`);
  const hasStars = (line) => [...line.childNodes]
    .some((node) => node.nodeType === Node.TEXT_NODE && node.data.includes("**"));
  const starred = [...document.querySelectorAll(".contents p, .contents li")].filter(hasStars);
  if (starred.length) problems.push(`"**" is left: ${starred[0].innerText.slice(0, 12)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  if (twice.length) problems.push(`twice: id ${[...new Set(twice)].join(", ")}`);

  const isCovered = (number) => number.previousElementSibling.getBoundingClientRect().right
    > number.getBoundingClientRect().left;
  const covered = [...document.querySelectorAll(".katex-html > .tag")].filter(isCovered);
  if (covered.length)
    problems.push(`on a formula: ${covered.map((number) => number.innerText.trim()).join(", ")}`);

  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility === "visible"
      && style.opacity !== "0";
  };
  const pale = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isShown(element)) continue;
    if (element.closest("svg, script, style, .katex-mathml, .copy")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(numbers(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      pale.add(`"${walker.currentNode.data.trim().slice(0, 30)}" ${ratio.toFixed(1)} to 1`);
  }
  if (pale.size) problems.push(`pale: ${[...pale].slice(0, 5).join("; ")}`);
  return problems;
}

async function visit(page, view) {
  const problems = [];
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const ask = (method, params) => send(method, params, sessionId);
  const listener = ({ method, params, sessionId: from }) => {
    if (from !== sessionId) return;
    if (method === "Network.requestWillBeSent" && /^https?:/.test(params.request.url))
      problems.push(`loads ${params.request.url}`);
    if (method === "Log.entryAdded" && params.entry.level === "error")
      problems.push(`console: ${params.entry.text} ${params.entry.url ?? ""}`);
    if (method === "Runtime.exceptionThrown")
      problems.push(`script: ${params.exceptionDetails.exception?.description}`);
  };
  listeners.add(listener);
  await Promise.all(["Page", "Network", "Log", "Runtime"].map((part) => ask(`${part}.enable`)));
  await ask("Emulation.setDeviceMetricsOverride", { width: view.width, height: view.height,
    deviceScaleFactor: 1, mobile: view.width < 500 });
  await ask("Emulation.setEmulatedMedia",
    { features: [{ name: "prefers-color-scheme", value: view.mode }] });
  const loaded = event("Page.loadEventFired", sessionId);
  await ask("Page.navigate", { url: `file://${path.resolve(folder, page)}` });
  await loaded;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { result } = await ask("Runtime.evaluate", { 
    expression: `(${look})(${view.width})`, returnByValue: true });
  problems.push(...(result?.value ?? ["the page could not be looked at"]));
  listeners.delete(listener);
  await send("Target.closeTarget", { targetId });
  return problems;
}

let nPassed = 0;
let nFailed = 0;
for (const page of pages) {
  for (const view of views) {
    const problems = await visit(page, view);
    if (problems.length) nFailed++;
    else nPassed++;
    problems.forEach((problem) => console.error(`${page}, ${view.name}: ${problem}`));
  }
}
browser.kill();
console.log(`pages: ${nPassed} passed, ${nFailed} failed`);
process.exitCode = nFailed ? 1 : 0;
