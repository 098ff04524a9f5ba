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
    var takes = coding.querySelector("input[name=label][data-facets]:checked, input[name=also][data-facets]:checked");
    coding.querySelectorAll("input[name=facet]").forEach(function (box) {
      box.disabled = !takes;
      if (!takes) { box.checked = false; }
    });
  }
  if (coding && coding.querySelector("input[name=label]")) {
    facets();
    coding.addEventListener("change", facets);
  }
  // of an indicator the first key opens a group, the second chooses in it
  var opened = "";
  function open(key) {
    opened = key;
    document.querySelectorAll("[data-group]").forEach(function (g) { g.classList.toggle("open", g.dataset.group === key); });
  }
  document.addEventListener("keydown", function (e) {
    var typing = e.target.matches("input[type=text], input[type=search], input[type=number], select, textarea");
    if (!coding || typing || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) { return; }
    if (e.key === "Enter" && !e.target.matches("a, button, summary")) {
      var main = coding.querySelector("button.main");
      if (main && main.offsetParent) { e.preventDefault(); main.click(); }
      return;
    }
    if (e.key === "Shift") { return; }
    var key = e.key.toLowerCase(), place = /^Digit(\d)$/.exec(e.code), wanted = "[data-key]";
    if (e.shiftKey && (place || e.code === "Minus" || e.code === "Equal")) {
      key = place ? place[1] : e.code === "Minus" ? "-" : "=";
      wanted = "[data-shift]";
      document.querySelectorAll("details.further").forEach(function (d) { d.open = true; });
    }
    function named(name) {
      return Array.prototype.find.call(document.querySelectorAll(wanted), function (x) { return (x.dataset.key || x.dataset.shift) === name; });
    }
    var chosen = (opened && named(opened + key)) || named(key);
    if (!chosen && document.querySelector("[data-group='" + key.replace(/[^a-z]/g, "") + "']")) { e.preventDefault(); open(key); return; }
    open("");
    if (chosen && !chosen.disabled && chosen.offsetParent) {
      e.preventDefault();
      if (chosen.type === "text") { chosen.select(); } else { chosen.click(); }
      chosen.focus();
    }
  });
})();
