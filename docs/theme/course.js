/* What a page does by itself: light and dark, copying a listing, keyboards that scroll. Without
   this script every page can still be read. */
(function () {
  "use strict";

  /* --- light and dark: the system's choice, until the reader makes one ---------------------- */
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return localStorage.getItem("mode"); } catch (e) { return null; }
  }
  function show() {
    var dark = chosen() ? chosen() === "dark" : system.matches;
    root.classList.toggle("dark-mode", dark);
    root.classList.toggle("light-mode", !dark);
  }
  show();
  system.addEventListener("change", show);

  function addModeButton() {
    var button = document.createElement("button");
    button.type = "button";
    button.id = "mode";
    button.title = "light or dark";
    button.setAttribute("aria-label", "light or dark");
    button.addEventListener("click", function () {
      var next = root.classList.contains("dark-mode") ? "light" : "dark";
      try { localStorage.setItem("mode", next); } catch (e) { /* then only until the next page */ }
      root.classList.toggle("dark-mode", next === "dark");
      root.classList.toggle("light-mode", next === "light");
    });
    document.body.appendChild(button);
  }

  /* --- listings ----------------------------------------------------------------------------- */
  function textOf(fragment) {
    return Array.prototype.map.call(fragment.querySelectorAll(".line"), function (line) {
      var copy = line.cloneNode(true);
      copy.querySelectorAll(".lineno, .ttc").forEach(function (e) { e.remove(); });
      return copy.textContent;
    }).join("\n");
  }
  function addCopyButton(fragment) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(textOf(fragment)).then(function () {
        button.textContent = "copied";
        setTimeout(function () { button.textContent = "copy"; }, 1500);
      });
    });
    fragment.parentNode.insertBefore(button, fragment);
  }
  /* A listing that is wider than its place must be reachable for the keyboard, to be scrolled. */
  function reachable(element) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
  }

  /* --- formulas: only where the build could not set them ------------------------------------ */
  function setFormulas() {
    if (!window.katex) return;
    var texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), raw = [];
    while (texts.nextNode()) {
      var parent = texts.currentNode.parentElement;
      if (/\\[([]/.test(texts.currentNode.data) && !parent.closest(".fragment, code, svg, script"))
        raw.push(texts.currentNode);
    }
    raw.forEach(function (text) {
      var set = document.createElement("span");
      text.data.split(/(\\\([\s\S]*?\\\)|\\\[[\s\S]*?\\\])/).forEach(function (piece, i) {
        var part = document.createElement("span");
        if (i % 2 === 0) part.textContent = piece;
        else window.katex.render(piece.slice(2, -2), part,
          { displayMode: piece[1] === "[", throwOnError: false });
        set.appendChild(part);
      });
      text.replaceWith(set);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    addModeButton();
    setFormulas();
    document.querySelectorAll(".listing div.fragment, .plain div.fragment").forEach(addCopyButton);
    document.querySelectorAll("div.fragment, pre.fragment, .formulaDsp, figure").forEach(reachable);
  });
})();
