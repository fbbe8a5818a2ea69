"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("slider-data").textContent);
  const words = data.words;
  const form = byId("sliders");
  const point = byId("slider-point");
  const share = byId("slider-share");
  const choice = byId("slider-finding");

  const fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  const number = (value, digits) => value.toFixed(digits).replace(".", words.decimal);
  const percent = (value) => number(100 * value, 1) + "\u00a0%";
  const finding = () => (choice ? Number(choice.value) : 0);

  function show() {
    const at = finding();
    const rows = data.findings[at];
    const place = Math.min(Number(point.value), rows.wanted.length - 1);
    const prevalence = Number(share.value) / 1000;
    const name = data.names[at];
    const positive = Math.round(data.of * prevalence);
    const negative = data.of - positive;
    const wanted = percent(rows.wanted[place]);
    byId("slider-point-said").textContent = wanted;
    byId("slider-share-said").textContent = percent(prevalence);
    point.setAttribute("aria-valuetext", wanted);
    share.setAttribute("aria-valuetext", percent(prevalence));
    byId("slider-patients").textContent = fill(words.patients, {
      of: data.of, positive: positive, negative: negative, finding: name,
    });
    words.models.forEach((model, i) => {
      if (!rows.threshold[i].length) return;
      const found = Math.round(positive * rows.sensitivity[i][place]);
      const alarms = Math.round(negative * (1 - rows.specificity[i][place]));
      const missed = positive - found;
      const cleared = negative - alarms;
      const called = found + alarms;
      const counts = {
        model: model, of: data.of, found: found, missed: missed, alarms: alarms, cleared: cleared,
        positive: positive, called: called, rest: data.of - called, finding: name,
        right: called ? percent(found / called) : "", wrong:
          data.of - called ? percent(missed / (data.of - called)) : "",
      };
      byId("slider-does-" + i).textContent = fill(words.does, counts);
      byId("slider-called-" + i).textContent = fill(
        called && called < data.of ? words.called : words.none_called, counts);
      byId("slider-threshold-" + i).textContent = fill(words.threshold, {
        threshold: rows.threshold_said[i][place],
        sensitivity: percent(rows.sensitivity[i][place]),
        specificity: percent(rows.specificity[i][place]),
      });
      const bars = byId("slider-bars-" + i);
      bars.setAttribute("aria-label", fill(words.picture, counts));
      [found, missed, alarms, cleared].forEach((n, k) => {
        bars.children[k].style.flexGrow = String(n);
      });
    });
  }

  function begin() {
    const rows = data.findings[finding()];
    point.value = String(rows.at);
    share.value = String(Math.round(1000 * rows.prevalence));
    show();
  }

  point.addEventListener("input", show);
  share.addEventListener("input", show);
  if (choice) choice.addEventListener("change", begin);
  form.addEventListener("reset", () => window.setTimeout(begin, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  begin();
})();
