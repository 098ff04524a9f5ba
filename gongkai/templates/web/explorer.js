"use strict";
(function () {
  document.querySelectorAll(".js").forEach(function (e) { e.hidden = false; });
  document.querySelectorAll(".legend input").forEach(function (box) {
    box.addEventListener("change", function () {
      box.parentElement.classList.toggle("off", !box.checked);
      document.querySelectorAll(".p").forEach(function (p) {
        if (p.dataset.label === box.value) { p.hidden = !box.checked; }
      });
    });
  });
  // on a narrow screen the filters come first and would hide what they filter
  if (window.matchMedia("(max-width: 60rem)").matches) {
    document.querySelectorAll("details.filters").forEach(function (e) { e.open = false; });
  }
  // coding by keyboard: the key that is printed beside a code chooses it; facets go with the labels that take them
  var coding = document.querySelector("form.coding");
  function facets() {
    var label = coding.querySelector("input[name=label]:checked"), takes = label && label.hasAttribute("data-facets");
    coding.querySelectorAll("input[name=facet]").forEach(function (box) {
      box.disabled = !takes;
      if (!takes) { box.checked = false; }
    });
  }
  if (coding && coding.querySelector("input[name=label]")) {
    facets();
    coding.addEventListener("change", facets);
  }
  document.addEventListener("keydown", function (e) {
    var typing = e.target.matches("input[type=text], input[type=search], input[type=number], select, textarea");
    if (!coding || typing || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) { return; }
    if (e.key === "Enter" && !e.target.matches("a, button, summary")) {
      var main = coding.querySelector("button.main");
      if (main && main.offsetParent) { e.preventDefault(); main.click(); }
      return;
    }
    var chosen = Array.prototype.find.call(document.querySelectorAll("[data-key]"), function (x) { return x.dataset.key === e.key.toLowerCase(); });
    if (chosen && !chosen.disabled && chosen.offsetParent) { e.preventDefault(); chosen.click(); chosen.focus(); }
  });
})();
