"use strict";
// Whatever comes out of the data is put on the page as text, never as markup.
(function () {
  const SVG = "http://www.w3.org/2000/svg";
  const AT_ONCE = 200;
  const READABLE = 1.5; // units of the picture a pixel may have
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = data.identities;
  const by = (id) => document.getElementById(id);

  function made(name, text, inside) {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    if (inside) inside.append(element);
    return element;
  }

  const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const word = (who) => `${who.kind}/${who.name}`;
  const kindOf = (who) => (who.kind === "managed" ? "AWS managed policy" : who.kind)
    + (who.change ? `, ${who.change}` : "");

  // What is around each identity: [heading, place of the other, words], from the edges.
  const HEADINGS = {
    member: ["Member of", "Members"],
    attached: ["Policies", "Attached to"],
    boundary: ["Permissions boundary", "Is the boundary of"],
    trusts: ["Named by the trust policy of", "Its trust policy names"],
  };
  const around = all.map(() => []);
  for (const [source, target, kind, label] of data.edges) {
    around[source].push([HEADINGS[kind][0], target, label]);
    around[target].push([HEADINGS[kind][1], source, label]);
  }

  // Whose session each may begin by itself: the other way round than the holders of a role.
  const becomes = all.map(() => []);
  all.forEach((role, place) => {
    for (const holder of role.holders || []) {
      if (holder[0] !== null) becomes[holder[0]].push([place, holder]);
    }
  });

  // ---- The list

  const texts = all.map((who) =>
    `${word(who)} ${who.change || ""} ${who.arn || ""} ${(who.facts || []).flat().join(" ")}`.toLowerCase());
  let hits = [];
  let listed = 0;

  function search() {
    const words = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    hits = all.map((_, place) => place)
      .filter((place) => words.every((part) => texts[place].includes(part)));
    // Whose name is what was typed comes first, then whose name begins so.
    const typed = words.join(" ");
    const rank = (who) => {
      const name = who.name.toLowerCase();
      return name === typed || word(who).toLowerCase() === typed ? 0 : name.startsWith(typed) ? 1 : 2;
    };
    if (typed) hits.sort((a, b) => rank(all[a]) - rank(all[b]) || a - b);
    by("count").textContent = hits.length === all.length
      ? `${all.length} in all`
      : `${hits.length} of ${all.length} found`;
    by("found").replaceChildren();
    listed = 0;
    more();
  }

  function more() {
    for (const place of hits.slice(listed, listed + AT_ONCE)) {
      made("li", "", by("found")).append(opener(place));
    }
    listed = Math.min(hits.length, listed + AT_ONCE);
    by("more").hidden = listed === hits.length;
    by("more").textContent = `Show more, ${hits.length - listed} are left`;
    mark();
  }

  function opener(place) {
    const button = made("button");
    button.type = "button";
    button.dataset.place = place;
    button.append(all[place].name, " ");
    made("span", kindOf(all[place]), button).className = "kind";
    button.addEventListener("click", () => open(place));
    return button;
  }

  // ---- One identity

  let shown = null;

  // What names each in the address: its word, and its place where two read alike.
  const find = new Map();
  const anchors = all.map((who, place) => {
    const anchor = find.has(word(who)) ? `${word(who)} ${place}` : word(who);
    find.set(anchor, place);
    return anchor;
  });

  function open(place) {
    const fragment = `#${encodeURIComponent(anchors[place])}`;
    if (location.hash === fragment) show(place);
    else location.hash = fragment; // which shows it, and keeps the browser's way back
  }

  function show(place) {
    shown = place;
    const who = all[place];
    const details = by("details");
    by("name").textContent = who.name;
    details.replaceChildren();
    made("p", kindOf(who), details).className = "kind";
    const facts = made("dl", "", details);
    for (const [label, value] of [["ARN", who.arn], ...(who.facts || [])]) {
      if (value) {
        made("dt", label, facts);
        made("dd", value, facts);
      }
    }
    addLinks(details, around[place]);
    if (who.change === "gone") made("p", `It is no more; this is as of ${data.than}.`, details);
    else if (who.kind === "role") addHolders(details, place);
    addBecomes(details, place);
    if (who.ability !== undefined) addAbility(details, data.abilities[who.ability]);
    mark();
    details.parentElement.scrollTop = 0;
    by("name").focus({ preventScroll: true });
  }

  function addLinks(details, links) {
    const lists = new Map();
    for (const [heading, other, label] of links) {
      if (!lists.has(heading)) {
        made("h3", heading, details);
        lists.set(heading, made("ul", "", details));
      }
      const item = made("li", "", lists.get(heading));
      item.append(opener(other));
      if (label) item.append(` ${label}`);
    }
  }

  function step(item, [, , verdict, conditions, statement]) {
    if (verdict === "unknown") item.append(" unknown:");
    if (conditions) item.append(` ${conditions}`);
    if (statement) made("span", ` by ${statement}`, item).className = "kind";
  }

  function addHolders(details, role) {
    made("h3", "Who may become it", details);
    const ways = waysInto(role);
    if (!ways.length) return made("p", "Nobody.", details);
    const list = made("ul", "", details);
    for (const way of ways) {
      const item = made("li", "", list);
      const [place, name] = way[0].holder;
      item.append(place === null ? name : opener(place));
      way.forEach(({ holder, role: through }, number) => {
        if (number) {
          item.append(", then as ", opener(way[number - 1].role));
        }
        step(item, holder);
      });
    }
    return list;
  }

  // The shortest way of everybody into a role, through other roles: first their own step.
  function waysInto(role) {
    const seen = new Set();
    const ways = [];
    let last = [[role, []]];
    while (last.length) {
      const next = [];
      for (const [target, rest] of last) {
        for (const holder of all[target].holders || []) {
          const key = holder[0] === null ? holder[1] : holder[0];
          if (seen.has(key)) continue;
          seen.add(key);
          const way = [{ holder, role: target }, ...rest];
          ways.push(way);
          if (holder[0] !== null && all[holder[0]].kind === "role") next.push([holder[0], way]);
        }
      }
      last = next;
    }
    return ways;
  }

  function addBecomes(details, place) {
    if (!becomes[place].length) return;
    made("h3", "Roles that it may become", details);
    const list = made("ul", "", details);
    for (const [role, holder] of becomes[place]) {
      const item = made("li", "", list);
      item.append(opener(role));
      step(item, holder);
    }
  }

  const COLUMNS = ["service", "level", "actions", "", "resources", "if", "by"];

  function addAbility(details, { rows, unread }) {
    made("h3", "What it can do", details);
    for (const reason of unread) {
      made("p", `${reason}; it may grant more, or deny`, details).className = "warning";
    }
    if (!rows.length) return made("p", "Nothing.", details);
    const found = rows.map((place) => data.rows[place]);
    const kept = COLUMNS.map((name, at) => at).filter((at) =>
      COLUMNS[at] && found.some((row) => row[at]));
    const table = made("table", "", details);
    const head = made("tr", "", made("thead", "", table));
    for (const at of kept) made("th", COLUMNS[at], head).scope = "col";
    const body = made("tbody", "", table);
    for (const row of found) {
      const line = made("tr", "", body);
      for (const at of kept) {
        const cell = made("td", "", line);
        if (at === 2 && row[3]) {
          const full = made("details", "", cell);
          made("summary", row[2], full);
          full.append(row[3]);
        } else cell.append(row[at]);
      }
    }
    return table;
  }

  // ---- The picture

  const svg = by("picture");
  const [left, top_, width, height] = data.picture.box;
  let box = { x: left, y: top_, w: width, h: height };
  const nodes = [];
  const edges = [];

  function drawn(shapes, classes) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", classes);
    for (const [name, attributes, text] of shapes) {
      const shape = document.createElementNS(SVG, name);
      for (const key of Object.keys(attributes)) shape.setAttribute(key, attributes[key]);
      if (text) shape.textContent = text;
      group.append(shape);
    }
    svg.append(group);
    return group;
  }

  function draw() {
    for (const edge of data.picture.edges) edges.push(drawn(edge.shapes, `edge ${edge.kind}`));
    for (const node of data.picture.nodes) {
      const group = drawn(node.shapes, `node ${node.kind}${node.who.length ? " known" : ""}`);
      if (node.who.length) group.addEventListener("click", () => moved || choose(node.who));
      nodes.push(group);
    }
    look();
    if (scale() > READABLE * 2) { // too much to be seen at once: begin where it begins
      box = { x: left, y: top_, w: svg.clientWidth, h: svg.clientHeight };
      look();
    }
  }

  // Of many that are drawn as one, the list shows them all.
  function choose(who) {
    if (who.length === 1) return open(who[0]);
    by("search").value = "";
    search();
    hits = who;
    listed = 0;
    by("found").replaceChildren();
    more();
    by("count").textContent = `${who.length} drawn as one`;
    return by("found").querySelector("button").focus();
  }

  function mark() {
    for (const button of by("found").querySelectorAll("button")) {
      if (Number(button.dataset.place) === shown) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    const chosen = data.picture.nodes.map((node) => node.who.includes(shown));
    nodes.forEach((group, at) => group.classList.toggle("chosen", chosen[at]));
    edges.forEach((group, at) => group.classList.toggle("chosen",
      data.picture.edges[at].ends.some((end) => chosen[end])));
  }

  // Where it is drawn comes into sight, large enough to be read.
  function seek() {
    const at = data.picture.nodes.findIndex((node) => node.who.includes(shown));
    if (at < 0) return;
    const found = nodes[at].getBBox();
    const [x, y] = [found.x + found.width / 2, found.y + found.height / 2];
    const [w, h] = [svg.clientWidth, svg.clientHeight];
    const seen = Math.abs(x - box.x - box.w / 2) * 2 < w * scale()
      && Math.abs(y - box.y - box.h / 2) * 2 < h * scale();
    if (seen && scale() < READABLE) return;
    box = { x: x - w / 2, y: y - h / 2, w, h };
    look();
  }

  function look() {
    svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.w} ${box.h}`);
  }

  function zoom(factor, x = box.x + box.w / 2, y = box.y + box.h / 2) {
    const w = Math.min(Math.max(box.w * factor, 40), width * 4);
    const real = w / box.w;
    box = { x: x - (x - box.x) * real, y: y - (y - box.y) * real, w, h: box.h * real };
    look();
  }

  function pan(x, y) {
    box = { ...box, x: box.x + x, y: box.y + y };
    look();
  }

  function fit() {
    box = { x: left, y: top_, w: width, h: height };
    look();
  }

  // Picture units a pixel of the screen has.
  const scale = () => Math.max(box.w / Math.max(svg.clientWidth, 1), box.h / Math.max(svg.clientHeight, 1));

  let held = null;
  let moved = false;
  svg.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = [held[0] - event.clientX, held[1] - event.clientY];
    if (!moved && Math.hypot(x, y) < 4) return;
    moved = true;
    pan(x * scale(), y * scale());
    held = [event.clientX, event.clientY];
  });
  window.addEventListener("pointerup", () => { held = null; });
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(svg.getScreenCTM().inverse());
    zoom(event.deltaY < 0 ? 0.8 : 1.25, point.x, point.y);
  }, { passive: false });
  svg.addEventListener("keydown", (event) => {
    const far = 0.1;
    const keys = {
      ArrowLeft: () => pan(-box.w * far, 0), ArrowRight: () => pan(box.w * far, 0),
      ArrowUp: () => pan(0, -box.h * far), ArrowDown: () => pan(0, box.h * far),
      "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), 0: fit,
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  by("in").addEventListener("click", () => zoom(0.8));
  by("out").addEventListener("click", () => zoom(1.25));
  by("fit").addEventListener("click", fit);

  // ---- The whole


  function follow() {
    let name = "";
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch { /* not one of ours */ }
    const place = find.get(name);
    if (place === undefined) return;
    show(place);
    seek();
  }

  by("search").addEventListener("input", search);
  by("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hits.length) open(hits[0]);
    if (event.key === "ArrowDown" && hits.length) {
      event.preventDefault();
      by("found").querySelector("button").focus();
    }
  });
  by("more").addEventListener("click", () => {
    const before = listed;
    more();
    by("found").children[before].firstElementChild.focus();
  });
  window.addEventListener("hashchange", follow);

  const named = data.alias ? `${data.alias} (${data.account})` : data.account;
  document.title = `${named}: iamctl graph`;
  by("title").textContent = `Account ${named}`;
  const count = (kind) => plural(all.filter((who) => who.kind === kind && who.change !== "gone").length, kind);
  by("summary").textContent =
    `${count("user")}, ${count("group")}, ${count("role")}; as of ${data.now}`
    + (data.than === null ? "" : `; what is gained or lost is since ${data.than}`);
  search();
  draw();
  if (location.hash) follow();
  else if (data.first !== null) open(data.first);
})();
