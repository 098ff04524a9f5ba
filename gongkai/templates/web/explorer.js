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
})();
