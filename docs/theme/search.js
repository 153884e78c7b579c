/* Full-text search over the pages of the course. Doxygen's own box knows only the first letters of
   names. docs/tools/finish.mjs writes every section into fulltext.js: [address, page, section,
   text]. The menu makes the field anew when the window changes, so the document catches the
   events. */
(function () {
  "use strict";
  var box = null;

  function isField(target) {
    return target && target.id === "MSearchField";
  }

  function close() {
    if (box) box.remove();
    box = null;
  }

  /* Every word must occur; a word in a heading counts ten times one in the text. */
  function find(words) {
    var hits = [];
    (window.FULLTEXT || []).forEach(function (section) {
      var head = (section[1] + " " + section[2]).toLowerCase(), text = section[3].toLowerCase();
      var score = 0;
      var all = words.every(function (word) {
        var in_head = head.indexOf(word) >= 0, in_text = text.indexOf(word) >= 0;
        score += 10 * in_head + in_text;
        return in_head || in_text;
      });
      if (all) hits.push({ score: score, section: section });
    });
    return hits.sort(function (a, b) { return b.score - a.score; }).slice(0, 12);
  }

  function entry(section, word) {
    var link = document.createElement("a"), title = document.createElement("b");
    var around = document.createElement("small");
    var from = Math.max(0, section[3].toLowerCase().indexOf(word) - 40);
    link.href = section[0];
    title.textContent = section[2] || section[1];
    around.textContent = (section[2] ? section[1] + " · " : "")
      + (from ? "…" : "") + section[3].slice(from, from + 120) + "…";
    link.appendChild(title);
    link.appendChild(around);
    return link;
  }

  function search(field) {
    var words = field.value.toLowerCase().split(/\s+/);
    words = words.filter(function (word) { return word.length > 1; });
    close();
    if (!words.length) return;
    var place = field.getBoundingClientRect(), hits = find(words);
    box = document.createElement("div");
    box.id = "results";
    box.style.top = place.bottom + 10 + "px";
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "search results");
    hits.forEach(function (hit) { box.appendChild(entry(hit.section, words[0])); });
    if (!hits.length) box.textContent = "Nothing found.";
    document.body.appendChild(box);
  }

  document.addEventListener("input", function (e) {
    if (isField(e.target)) search(e.target);
  });
  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape") close();
    if (e.key === "ArrowDown" && isField(e.target) && box && box.firstElementChild) {
      e.preventDefault();
      box.firstElementChild.focus();
    }
  });
  document.addEventListener("click", function (e) {
    if (box && !box.contains(e.target) && !isField(e.target)) close();
  });
})();
