"use strict";
// The picture of the page: it is looked around in, and walked through, by pointer or keyboard.
// `chosen` is told the places of those that a node stands for.
function view(svg, picture, all, chosen) {
  const SVG = "http://www.w3.org/2000/svg";
  const READABLE = 1.5; // units of the picture a pixel may have
  const NAMED = 5;
  const [left, top_, width, height] = picture.box;
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
    for (const edge of picture.edges) {
      const group = drawn(edge.shapes, `edge ${edge.kind}`);
      group.setAttribute("aria-hidden", "true"); // the list of links says the same
      edges.push(group);
    }
    for (const node of picture.nodes) nodes.push(drawnNode(node));
    svg.append(outline);
    reach(nodes.findIndex((group) => group.dataset.at !== undefined), false);
    look();
    if (scale() > READABLE * 2) { // too much to be seen at once: begin where it begins
      box = { x: left, y: top_, w: svg.clientWidth, h: svg.clientHeight };
      look();
    }
  }

  function drawnNode(node) {
    const whole = node.who.map((place) => all[place]);
    const change = whole.length && whole.every((who) => who.change === whole[0].change)
      ? whole[0].change || "" : "";
    const group = drawn(node.shapes, `node ${node.kind} ${change}${whole.length ? " known" : ""}`);
    if (!whole.length) {
      group.setAttribute("aria-hidden", "true");
      return group;
    }
    group.dataset.at = nodes.length;
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    const names = whole.slice(0, NAMED).map((who) => who.name).join(", ");
    group.setAttribute("aria-label", whole.length === 1
      ? `${names}, ${node.kind}${change ? `, ${change}` : ""}`
      : `${whole.length} ${node.kind}s drawn as one: ${names}${whole.length > NAMED ? ", …" : ""}`);
    group.addEventListener("click", () => moved || chosen(node.who));
    return group;
  }

  // ---- Walking through it

  const outline = document.createElementNS(SVG, "rect"); // around the node that has the focus
  outline.setAttribute("class", "outline");
  outline.setAttribute("rx", "4");
  let reached = -1;

  // One node at a time can be reached by Tab; arrow keys go on from there.
  function reach(at, focus = true) {
    if (at < 0) return;
    if (reached >= 0) nodes[reached].setAttribute("tabindex", "-1");
    reached = at;
    nodes[at].setAttribute("tabindex", "0");
    if (focus) nodes[at].focus({ preventScroll: true });
  }

  const isSeen = (group) => group.dataset.at !== undefined && group.getClientRects().length > 0;

  function centre(at) {
    const found = nodes[at].getBBox();
    return [found.x + found.width / 2, found.y + found.height / 2];
  }

  // The node to go to: a neighbour by an edge if there is one on that side, else the nearest there.
  function next(from, [right, down]) {
    const [x, y] = centre(from);
    const near = new Set();
    picture.edges.forEach(({ ends: [source, target] }, at) => {
      if (edges[at].getClientRects().length === 0) return;
      if (source === from) near.add(target);
      if (target === from) near.add(source);
    });
    let best = -1;
    let least = Infinity;
    nodes.forEach((group, at) => {
      if (at === from || !isSeen(group)) return;
      const [dx, dy] = [centre(at)[0] - x, centre(at)[1] - y];
      const ahead = dx * right + dy * down;
      if (ahead < 1) return;
      const aside = Math.abs(dx * down) + Math.abs(dy * right);
      const far = ahead + aside * 3 + (right && !near.has(at) ? 1e6 : 0);
      if (far < least) [best, least] = [at, far];
    });
    return best;
  }

  const SIDES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function walk(event, at) {
    if (SIDES[event.key]) {
      const to = next(at, SIDES[event.key]);
      if (to >= 0) reach(to);
    } else if (event.key === "Enter" || event.key === " ") chosen(picture.nodes[at].who);
    else if (event.key === "Home" || event.key === "End") {
      const seen = nodes.map((_, place) => place).filter((place) => isSeen(nodes[place]));
      reach(seen[event.key === "Home" ? 0 : seen.length - 1]);
    } else if (event.key === "Escape") svg.focus({ preventScroll: true });
    else return false;
    return true;
  }

  svg.addEventListener("focusin", (event) => {
    const at = nodes.indexOf(event.target);
    outline.classList.toggle("on", at >= 0 && event.target.matches(":focus-visible"));
    if (at < 0) return;
    reach(at, false);
    const found = nodes[at].getBBox();
    outline.setAttribute("x", found.x - 4);
    outline.setAttribute("y", found.y - 4);
    outline.setAttribute("width", found.width + 8);
    outline.setAttribute("height", found.height + 8);
    show(at);
  });
  svg.addEventListener("focusout", () => outline.classList.remove("on"));

  // ---- What is chosen, and which side is seen

  const of = (place) => picture.nodes.findIndex((node) => node.who.includes(place));

  function mark(shown) {
    const marked = picture.nodes.map((node) => node.who.includes(shown));
    nodes.forEach((group, at) => {
      group.classList.toggle("chosen", marked[at]);
      if (marked[at]) group.setAttribute("aria-current", "true");
      else group.removeAttribute("aria-current");
    });
    edges.forEach((group, at) => group.classList.toggle("chosen",
      picture.edges[at].ends.some((end) => marked[end])));
  }

  // On one side alone nothing is gained or lost, and no words say so.
  function side(name) {
    svg.dataset.side = name;
    edges.forEach((group, at) => {
      const change = picture.edges[at].kind.split(" ")[1];
      if (!change) return;
      const texts = picture.edges[at].shapes.filter(([kind]) => kind === "text")
        .map((shape) => shape[2]);
      group.querySelectorAll("text").forEach((element, line) => {
        const text = texts[line];
        const bare = text.startsWith(`${change}: `) ? text.slice(change.length + 2)
          : text === change ? "" : text;
        element.textContent = name === "both" ? text : bare;
      });
    });
    if (reached >= 0 && !isSeen(nodes[reached])) reach(nodes.findIndex(isSeen), false);
  }

  // Where it is drawn comes into sight, large enough to be read.
  function seek(place) {
    const at = of(place);
    if (at < 0) return;
    reach(at, false);
    show(at);
  }

  function show(at) {
    const [x, y] = centre(at);
    const [w, h] = [svg.clientWidth, svg.clientHeight];
    const seen = Math.abs(x - box.x - box.w / 2) * 2 < w * scale()
      && Math.abs(y - box.y - box.h / 2) * 2 < h * scale();
    if (seen && scale() < READABLE) return;
    box = { x: x - w / 2, y: y - h / 2, w, h };
    look();
  }

  // ---- Looking around in it

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
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = nodes.indexOf(event.target);
    const far = 0.1;
    const keys = {
      ArrowLeft: () => pan(-box.w * far, 0), ArrowRight: () => pan(box.w * far, 0),
      ArrowUp: () => pan(0, -box.h * far), ArrowDown: () => pan(0, box.h * far),
      "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), 0: fit,
      Enter: () => reach(reached),
    };
    if (at >= 0 && walk(event, at)) event.preventDefault();
    else if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  return { draw, mark, side, seek, zoom, fit };
}
