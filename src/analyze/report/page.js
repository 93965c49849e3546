"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3], [], [7, 4]];
  const points = ["circle", "rect", "triangle", "rectRot", "crossRot", "star"];
  const at = (chart, values) => (chart.x ? values.map((y, i) => ({ x: chart.x[i], y })) : values);

  function band(chart, series, tint) {
    const common = { type: "line", pointRadius: 0, pointHitRadius: 0, borderWidth: 0, backgroundColor: tint + "33", edge: true };
    return [
      { ...common, data: at(chart, series.high), fill: "+1", label: series.name + " high" },
      { ...common, data: at(chart, series.low), fill: false, label: series.name + " low" },
    ];
  }

  function datasets(chart) {
    const bands = [];
    const lines = [];
    let next = 0;
    for (const series of chart.series) {
      const i = series.reference ? 0 : next++;
      const tint = colour(series.reference ? "reference" : "series-" + ((i % 6) + 1));
      if (series.low) bands.push(...band(chart, series, tint));
      const few = series.y.length <= 30;
      lines.push({
        label: series.name, data: at(chart, series.y), borderColor: tint,
        backgroundColor: chart.kind === "scatter" ? tint + "88" : tint, borderWidth: chart.kind === "line" ? 2 : 0,
        borderDash: series.reference ? [4, 4] : dashes[i % 6], pointStyle: points[i % 6],
        pointRadius: chart.kind === "scatter" ? 3 : few ? 3 : 0, pointHitRadius: 8, tension: 0, spanGaps: false,
        borderRadius: 2, categoryPercentage: 0.86, barPercentage: 0.95,
      });
    }
    const guide = (label, data, name) => lines.push({
      type: "line", label, data, borderColor: colour(name), borderWidth: 1.5, borderDash: [6, 4], pointRadius: 0, pointHitRadius: 0, pointStyle: "line",
    });
    const ends = (...lists) => {
      const known = lists.flat().filter((value) => value !== null);
      return [Math.min(...known), Math.max(...known)];
    };
    const heights = chart.series.map((series) => series.y);
    if (chart.limit !== undefined)
      guide(chart.limit_name, chart.x ? ends(chart.x).map((x) => ({ x, y: chart.limit })) : chart.labels.map(() => chart.limit), "limit");
    if (chart.mark !== undefined) guide(chart.mark_name, ends(...heights).map((y) => ({ x: chart.mark, y })), "limit");
    if (chart.diagonal) guide("equal", ends(chart.x, ...heights).map((value) => ({ x: value, y: value })), "reference");
    return lines.concat(bands);
  }

  // On a logarithmic axis: powers of ten, and 2 and 5 between them where there are few.
  function power(value, index, ticks) {
    const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
    const narrow = ticks[ticks.length - 1].value / ticks[0].value < 1000;
    if (digit !== 1 && !(narrow && (digit === 2 || digit === 5))) return "";
    return value >= 1e-3 && value < 1e6 ? value.toLocaleString("en", { maximumSignificantDigits: 3 }) : value.toExponential(0);
  }

  function axis(title, extra) {
    const ticks = { color: colour("muted"), maxRotation: 40, autoSkipPadding: 12, maxTicksLimit: 12 };
    if (extra.type === "logarithmic") Object.assign(ticks, { callback: power, maxTicksLimit: 100, maxRotation: 0 });
    return {
      title: { display: Boolean(title), text: title, color: colour("muted") }, ticks,
      grid: { color: colour("grid"), borderColor: colour("line") }, ...extra,
    };
  }

  function draw(chart) {
    const data = datasets(chart);
    const shown = (item) => !data[item.datasetIndex].edge;
    return new Chart(document.getElementById(chart.id), {
      type: chart.kind === "scatter" ? "scatter" : chart.kind,
      data: { labels: chart.labels, datasets: data },
      options: {
        responsive: true, maintainAspectRatio: false, animation: false, devicePixelRatio: Math.max(2, window.devicePixelRatio || 1),
        interaction: { mode: chart.kind === "scatter" ? "nearest" : "index", intersect: false },
        scales: {
          x: axis(chart.x_label, { type: !chart.x ? "category" : chart.log_x ? "logarithmic" : "linear", grid: { display: false, borderColor: colour("line") } }),
          y: axis(chart.y_label, { type: chart.log_y ? "logarithmic" : "linear", beginAtZero: chart.kind === "bar" }),
        },
        plugins: {
          legend: { display: data.filter((one) => !one.edge).length > 1, position: "bottom",
                    labels: { color: colour("ink"), usePointStyle: true, boxHeight: 7, filter: shown } },
          tooltip: { filter: shown },
        },
      },
    });
  }

  let drawn = [];
  function redraw() {
    drawn.forEach((one) => one.destroy());
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn = charts.map(draw);
  }
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  matchMedia("print").addEventListener("change", redraw);
})();
