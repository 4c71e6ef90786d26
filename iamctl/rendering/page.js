// Whatever comes out of the data is put on the page as text, never as markup.
(function () {
  const AT_ONCE = 200;
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
  const kindOf = (who) => (who.kind === "managed" ? "AWS managed policy" : who.kind);

  // ---- Two states: now and what it was, if it is compared

  const SIDES = data.than === null ? ["now"] : ["both", "now", "was"];
  let side = SIDES[0];
  const isThere = (who) => side === "both" || who.change !== (side === "now" ? "gone" : "new");

  // What is now and what was in one list: [item, what became of it], alike by their keys.
  function merged(now, was, key) {
    if (side !== "both") return (side === "now" ? now : was).map((item) => [item, ""]);
    const [olds, news] = [new Set(was.map(key)), new Set(now.map(key))];
    return [...now.map((item) => [item, olds.has(key(item)) ? "" : "gained"]),
      ...was.filter((item) => !news.has(key(item))).map((item) => [item, "lost"])];
  }

  function tell(change, inside, words = change) {
    if (!change) return;
    inside.append(" ");
    made("span", words, inside).className = `change ${change}`;
  }

  // What is around each identity: [heading, place of the other, words, change], from the edges.
  const HEADINGS = {
    member: ["Member of", "Members"],
    attached: ["Policies", "Attached to"],
    boundary: ["Permissions boundary", "Is the boundary of"],
    trusts: ["Named by the trust policy of", "Its trust policy names"],
  };
  const around = all.map(() => []);
  for (const [source, target, kind, label, change] of data.edges) {
    around[source].push([HEADINGS[kind][0], target, label, change]);
    around[target].push([HEADINGS[kind][1], source, label, change]);
  }

  // Whose session each may begin by itself: the other way round than the holders of a role.
  const becomes = { now: all.map(() => []), was: all.map(() => []) };
  all.forEach((role, place) => {
    for (const when of ["now", "was"]) {
      for (const holder of role[when]?.holders || []) {
        if (holder[0] !== null) becomes[when][holder[0]].push({ holder, role: place });
      }
    }
  });

  // ---- The list

  const factsOf = (who) => [...(who.now?.facts || []), ...(who.was?.facts || [])];
  const texts = all.map((who) =>
    `${word(who)} ${who.change || ""} ${factsOf(who).flat().join(" ")}`.toLowerCase());
  let hits = [];
  let listed = 0;

  function search() {
    const words = by("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const there = all.map((_, place) => place).filter((place) => isThere(all[place]));
    hits = there.filter((place) => words.every((part) => texts[place].includes(part)));
    // Whose name is what was typed comes first, then whose name begins so.
    const typed = words.join(" ");
    const rank = (who) => {
      const name = who.name.toLowerCase();
      return name === typed || word(who).toLowerCase() === typed ? 0 : name.startsWith(typed) ? 1 : 2;
    };
    if (typed) hits.sort((a, b) => rank(all[a]) - rank(all[b]) || a - b);
    by("count").textContent = hits.length === there.length
      ? `${there.length} in all`
      : `${hits.length} of ${there.length} found`;
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
    tellWhether(all[place], button);
    button.addEventListener("click", () => open(place));
    return button;
  }

  // Whether it is new, gone or another of the same name, where both sides are seen.
  function tellWhether(who, inside) {
    if (side === "both" && who.change) tell(who.change === "gone" ? "lost" : "gained", inside, who.change);
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

  let opened = null; // where the focus was

  function open(place) {
    const fragment = `#${encodeURIComponent(anchors[place])}`;
    opened = document.activeElement;
    if (location.hash !== fragment) location.hash = fragment; // keeps the browser's way back
    look(place);
  }

  function look(place) {
    show(place);
    picture.seek(place);
    const name = by("name");
    name.focus({ preventScroll: true });
    const { top, bottom } = name.getBoundingClientRect(); // where all is in one column
    if (top < 0 || bottom > window.innerHeight * 0.8) name.scrollIntoView({ block: "start" });
  }

  // Out of the details to where they were opened, or to the list.
  by("shown").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const back = opened && opened.isConnected && !by("shown").contains(opened);
    (back ? opened : by("search")).focus();
  });

  function show(place) {
    shown = place;
    const who = all[place];
    const details = by("details");
    by("name").textContent = who.name;
    details.replaceChildren();
    const kind = made("p", kindOf(who), details);
    kind.className = "kind";
    tellWhether(who, kind);
    if (!isThere(who)) {
      made("p", who.change === "gone" ? goneWords(who) : newWords(who), details);
    } else showState(details, place, who);
    mark();
    details.parentElement.scrollTop = 0;
  }

  // ---- What changed at all: shown while nothing is chosen

  const rowKey = (row) => JSON.stringify(row.slice(0, -1));
  const sorted = (list, key) => JSON.stringify((list || []).map(key).sort());
  const alikes = new Map(); // pairs of abilities that many share are compared once

  function isSameAbility(now, was) {
    const pair = `${now} ${was}`;
    if (!alikes.has(pair)) alikes.set(pair, isSameTable(data.abilities[now], data.abilities[was]));
    return alikes.get(pair);
  }

  function isSameTable(now = NOTHING, was = NOTHING) {
    const seen = (table) => JSON.stringify([
      [...new Set(table.rows.map((place) => rowKey(data.rows[place])))].sort(), [...table.unread].sort()]);
    return seen(now) === seen(was);
  }

  // In what one that is there in both states is another than it was.
  function differences(place) {
    const { now, was } = all[place];
    const edges = new Set(around[place].map(([, , , change]) => change).filter(Boolean));
    const found = [];
    if (now && was) {
      if (!isSameAbility(now.ability, was.ability)) found.push("what it can do");
      if (!isSameTable(now.grants, was.grants)) found.push("what it says");
      const holder = (one) => stepKey({ holder: one, role: place }).join("\n");
      if (sorted(now.holders, holder) !== sorted(was.holders, holder)) found.push("who may become it");
      const fact = (one) => one.join("\n");
      if (sorted(now.facts, fact) !== sorted(was.facts, fact)) found.push("what it is");
    }
    if (edges.size) found.push(`links ${["gained", "lost"].filter((one) => edges.has(one)).join(" and ")}`);
    return found;
  }

  function overview() {
    const details = by("details");
    details.replaceChildren();
    by("name").textContent = "Nothing chosen yet";
    made("p", "Choose something in the list or in the picture.", details);
    if (side !== "both") return;
    const lists = { New: [], Gone: [], "Deleted and created again": [], Changed: [] };
    const headings = { new: "New", gone: "Gone", recreated: "Deleted and created again" };
    all.forEach((who, place) => {
      const words = who.change ? "" : differences(place).join(", ");
      if (who.change || words) lists[headings[who.change] || "Changed"].push([place, words]);
    });
    made("h3", `What changed since ${data.than}`, details);
    if (Object.values(lists).every((list) => !list.length)) made("p", "Nothing.", details);
    for (const heading of Object.keys(lists)) addChanged(details, heading, lists[heading]);
  }

  function addChanged(details, heading, found) {
    if (!found.length) return;
    made("h4", `${heading}: ${found.length}`, details);
    const list = made("ul", "", details);
    let told = 0;
    const rest = made("button", "", details);
    rest.type = "button";
    const further = () => {
      for (const [place, words] of found.slice(told, told + AT_ONCE)) {
        const item = made("li", "", list);
        item.append(opener(place));
        if (words) made("span", ` ${words}`, item).className = "kind";
      }
      told = Math.min(found.length, told + AT_ONCE);
      rest.textContent = `Show more, ${found.length - told} are left`;
      rest.hidden = told === found.length;
    };
    rest.addEventListener("click", () => {
      const before = told;
      further();
      list.children[before].firstElementChild.focus();
    });
    further();
  }

  const newWords = (who) => `${who.now ? "It was not there" : "Nothing named it"} as of ${data.than}.`;
  const goneWords = (who) => (who.was ? "It is no more." : "Nothing names it any more.");

  function showState(details, place, who) {
    if (side === "both" && who.change) {
      made("p", {
        new: newWords(who),
        gone: `${goneWords(who)} This is as of ${data.than}.`,
        recreated: `Another had its name as of ${data.than}: it was deleted and created again.`,
      }[who.change], details);
    }
    addFacts(details, who);
    const [now, was] = [who.now || {}, who.was || {}];
    if (now.grants || was.grants) {
      addTable(details, who.kind === "group" ? "What its members get" : "What it says", STATEMENT,
        now.grants || NOTHING, was.grants || NOTHING, who);
    }
    addLinks(details, around[place].filter(([, , , change]) =>
      side === "both" || change !== (side === "now" ? "lost" : "gained")));
    if (who.kind === "role") addHolders(details, place);
    addBecomes(details, place);
    if (now.ability !== undefined || was.ability !== undefined) {
      addTable(details, "What it can do", ABILITY,
        data.abilities[now.ability] || NOTHING, data.abilities[was.ability] || NOTHING, who);
    }
  }

  // The value of each fact, and what it was where that is something else.
  function addFacts(details, who) {
    const [now, was] = ["now", "was"].map((when) => new Map(who[when]?.facts || []));
    const labels = new Set([...now.keys(), ...was.keys()]);
    const list = made("dl", "", details);
    for (const label of labels) {
      const [value, old] = [now.get(label), was.get(label)];
      const isChanged = side === "both" && who.now && who.was && value !== old;
      const seen = side === "was" ? old : side === "now" ? value : who.now ? value : old;
      if (seen === undefined && !isChanged) continue;
      made("dt", label, list);
      const said = made("dd", seen ?? "none", list);
      if (isChanged) tell("lost", said, `was ${old ?? "none"}`);
    }
  }

  function addLinks(details, links) {
    const lists = new Map();
    for (const [heading, other, label, change] of links) {
      if (!lists.has(heading)) {
        made("h3", heading, details);
        lists.set(heading, made("ul", "", details));
      }
      const item = made("li", "", lists.get(heading));
      item.append(opener(other));
      if (side === "both") tell(change, item);
      if (label) item.append(` ${label}`);
    }
  }

  function step(item, [, , verdict, conditions, statement]) {
    if (verdict === "unknown") item.append(" unknown:");
    if (conditions) item.append(` ${conditions}`);
    if (statement) made("span", ` by ${statement}`, item).className = "kind";
  }

  // What tells one step from another: not the line of the statement, which edits elsewhere move.
  const stepKey = ({ holder: [place, name, verdict, conditions], role }) =>
    [place === null ? name : place, verdict, conditions, role];

  function addHolders(details, role) {
    made("h3", "Who may become it", details);
    const ways = merged(waysInto(role, "now"), waysInto(role, "was"),
      (way) => JSON.stringify(way.map(stepKey)));
    if (!ways.length) return made("p", "Nobody.", details);
    const list = made("ul", "", details);
    for (const [way, change] of ways) {
      const item = made("li", "", list);
      const [place, name] = way[0].holder;
      item.append(place === null ? name : opener(place));
      tell(change, item, `this way ${change}`);
      way.forEach(({ holder }, number) => {
        if (number) {
          item.append(", then as ", opener(way[number - 1].role));
        }
        step(item, holder);
      });
    }
    return list;
  }

  // The shortest way of everybody into a role, through other roles: first their own step.
  function waysInto(role, when) {
    const seen = new Set();
    const ways = [];
    let last = [[role, []]];
    while (last.length) {
      const next = [];
      for (const [target, rest] of last) {
        for (const holder of all[target][when]?.holders || []) {
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
    const found = merged(becomes.now[place], becomes.was[place], (one) => JSON.stringify(stepKey(one)));
    if (!found.length) return;
    made("h3", "Roles that it may become", details);
    const list = made("ul", "", details);
    for (const [{ holder, role }, change] of found) {
      const item = made("li", "", list);
      item.append(opener(role));
      tell(change, item);
      step(item, holder);
    }
  }

  const NOTHING = { rows: [], unread: [] };
  const ABILITY = ["service", "level", "actions", "", "resources", "if", "by"];
  const STATEMENT = ["effect", "", "actions", "", "resources", "if", "by"];
  const ONLY = { gained: "now only", lost: "before only" };

  function addTable(details, heading, columns, now, was, who) {
    made("h3", heading, details);
    for (const [reason, change] of merged(now.unread, was.unread, (text) => text)) {
      const warning = made("p", `${reason}; it may grant more, or deny`, details);
      warning.className = "warning";
      tell(change, warning, ONLY[change]);
    }
    const [news, olds] = [now, was].map(({ rows }) => rows.map((place) => data.rows[place]));
    const found = merged(news, olds, rowKey);
    if (!found.length) return made("p", "Nothing.", details);
    const isCompared = side === "both" && !!who.now && !!who.was;
    const isChanged = isCompared && found.some(([, change]) => change);
    if (isCompared) {
      made("p", isChanged
        ? "Rows are compared as they read: one before may be part of another now. "
          + "iamctl access-diff says which requests are gained and lost."
        : `The same as of ${data.than}.`, details);
    }
    if (isChanged) found.sort(([, one], [, other]) => !one - !other);
    return drawTable(details, columns, found, isChanged);
  }

  function drawTable(details, columns, found, isChanged) {
    const kept = columns.map((name, at) => at).filter((at) =>
      columns[at] && found.some(([row]) => row[at]));
    const table = made("table", "", made("div", "", details));
    table.parentElement.className = "wide";
    const head = made("tr", "", made("thead", "", table));
    if (isChanged) made("th", `since ${data.than}`, head).scope = "col";
    for (const at of kept) made("th", columns[at], head).scope = "col";
    const body = made("tbody", "", table);
    for (const [row, change] of found) {
      const line = made("tr", "", body);
      if (isChanged) {
        line.className = change;
        tell(change || "same", made("td", "", line), ONLY[change] || "both");
      }
      for (const at of kept) {
        const cell = made("td", "", line);
        cell.dataset.of = columns[at];
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

  const picture = view(by("picture"), data.picture, all, choose);

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
    picture.mark(shown);
  }

  by("in").addEventListener("click", () => picture.zoom(0.8));
  by("out").addEventListener("click", () => picture.zoom(1.25));
  by("fit").addEventListener("click", picture.fit);

  // ---- The whole

  function follow() {
    let name = "";
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch { /* not one of ours */ }
    const place = find.get(name);
    if (place !== undefined && place !== shown) look(place);
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
  function summary() {
    const count = (kind) => plural(all.filter((who) => who.kind === kind
      && who.change !== (side === "was" ? "new" : "gone")).length, kind);
    by("summary").textContent = `${count("user")}, ${count("group")}, ${count("role")}; `
      + (side === "was" ? `as of ${data.than}` : `as of ${data.now}`)
      + (side === "both" ? `; what is gained or lost is since ${data.than}` : "");
  }

  // Which of the two states is seen, or both with what changed.
  function turn(name) {
    side = name;
    summary();
    search();
    picture.side(side);
    if (shown === null) overview();
    else show(shown);
  }

  by("sides").hidden = SIDES.length === 1;
  by("was").textContent = `As of ${data.than}`;
  for (const radio of document.getElementsByName("side")) {
    radio.addEventListener("change", () => turn(radio.value));
  }
  picture.draw();
  turn(side);
  if (location.hash) follow();
  else if (data.first !== null) open(data.first);
})();
