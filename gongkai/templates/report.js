"use strict";
(function () {
  document.querySelectorAll(".js").forEach(function (e) { e.hidden = false; });
  var rows = document.querySelectorAll("#report-list tbody tr");
  var filter = document.getElementById("filter");
  if (filter) {
    filter.addEventListener("input", function () {
      var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (w) { return text.indexOf(w) >= 0; });
      });
    });
  }
  document.querySelectorAll(".legend input").forEach(function (box) {
    box.addEventListener("change", function () {
      box.parentElement.classList.toggle("off", !box.checked);
      document.body.classList.toggle("hide-" + box.value, !box.checked);
    });
  });
})();
