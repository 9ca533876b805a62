
"use strict";
/* Filter, order and drill-down of the table of records. Everything else of the page stands without it. What came from others is only ever
 * put in as text. */
(function () {
	const body = document.querySelector("#table tbody");
	if (!body)
		return;
	const rows = Array.from(body.rows);
	const find = document.getElementById("find"), kind = document.getElementById("kind"), type = document.getElementById("type");
	const shown = document.getElementById("shown");

	/* Controls and marks that turn or hide what stands beside them are shown by their number. */
	function visible(s) {
		return s.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
			c => "\\u{" + c.codePointAt(0).toString(16) + "}");
	}

	function element(name, className, text) {
		const e = document.createElement(name);
		if (className)
			e.className = className;
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	function record(row) {
		try {
			return JSON.parse(row.querySelector("script").textContent);
		} catch (e) {
			return null;
		}
	}

	/* -- tree -- */

	function leaf(key, value) {
		const e = element("div", "leaf");
		if (key !== null)
			e.append(element("span", "key", visible(key)), ": ");
		e.append(typeof value === "string" ? "\u201c" + visible(value) + "\u201d" : String(value));
		return e;
	}

	function tree(key, value, depth) {
		if (value === null || typeof value !== "object")
			return leaf(key, value);
		const entries = Array.isArray(value) ? value.map((v, i) => ["[" + i + "]", v]) : Object.entries(value);
		if (entries.length === 0)
			return leaf(key, Array.isArray(value) ? "(none)" : "(empty)");
		const e = element("details"), head = element("summary", "key", key === null ? "PDU" : visible(key));
		e.open = depth < 6;
		e.append(head);
		for (const [k, v] of entries)
			e.append(tree(k, v, depth + 1));
		return e;
	}

	/* -- octets, with their offsets in the file -- */

	function hex(digits, offset, octets) {
		const lines = [], width = Math.max(8, (offset + octets).toString(16).length);
		for (let i = 0; i < digits.length; i += 32) {
			const part = digits.slice(i, i + 32).match(/../g);
			const text = part.map(x => { const c = parseInt(x, 16); return c > 31 && c < 127 ? String.fromCharCode(c) : "."; }).join("");
			lines.push((offset + i / 2).toString(16).padStart(width, "0") + "  " + part.slice(0, 8).join(" ").padEnd(23) + "  " +
				part.slice(8).join(" ").padEnd(23) + "  " + text);
		}
		if (digits.length / 2 < octets)
			lines.push("\u2026 " + (octets - digits.length / 2) + " more octets, which are not in this page");
		return lines.join("\n");
	}

	function drill(row, button) {
		if (row.nextElementSibling && row.nextElementSibling.className === "drill") {
			row.nextElementSibling.remove();
			button.setAttribute("aria-expanded", "false");
			button.textContent = "Show";
			return;
		}
		const r = record(row), under = element("tr", "drill"), cell = element("td"), panes = element("div", "panes");
		cell.colSpan = row.cells.length;
		if (r) {
			const left = element("div", "pane tree"), right = element("div", "pane"), pre = element("pre", "hex", hex(r.hex, r.offset, r.octets));
			left.tabIndex = right.tabIndex = 0;
			left.append(r.pdu ? tree(null, r.pdu, 0) : "The decoded form is too long for this page.");
			right.append(pre);
			panes.append(left, right);
			cell.append(element("p", "note", r.file + ", offset " + r.offset + ", " + r.octets + " octets" +
				(r.decrypted ? "; the payload came encrypted, and stands here decrypted; the octets are as they came" : "")), panes);
		} else {
			cell.append("This record cannot be shown.");
		}
		under.append(cell);
		row.after(under);
		button.setAttribute("aria-expanded", "true");
		button.textContent = "Hide";
	}

	/* -- filter and order -- */

	function filter() {
		const want = find.value.toLowerCase();
		let n = 0;
		for (const row of rows) {
			const good = (!kind.value || row.dataset.k === kind.value) && (!type.value || row.dataset.y === type.value) &&
				(!want || row.dataset.text.includes(want));
			row.hidden = !good;
			if (row.nextElementSibling && row.nextElementSibling.className === "drill")
				row.nextElementSibling.hidden = !good;
			n += good;
		}
		shown.textContent = n + " of " + rows.length + " shown";
	}

	function order(th, numeric) {
		const up = th.ariaSort !== "ascending", column = th.cellIndex;
		for (const e of th.parentElement.cells)
			e.ariaSort = null;
		th.ariaSort = up ? "ascending" : "descending";
		for (const e of body.querySelectorAll(".drill"))
			e.remove();
		for (const e of body.querySelectorAll("button")) {
			e.textContent = "Show";
			e.setAttribute("aria-expanded", "false");
		}
		rows.sort((a, b) => {
			const x = a.cells[column].textContent, y = b.cells[column].textContent;
			const d = numeric ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
			return up ? d : -d;
		});
		body.append(...rows);
	}

	for (const row of rows) {
		const cell = row.cells[row.cells.length - 1], button = element("button", "", "Show");
		row.dataset.text = Array.from(row.cells).slice(0, -1).map(c => c.textContent).join(" ").toLowerCase();
		button.type = "button";
		button.setAttribute("aria-expanded", "false");
		button.addEventListener("click", () => drill(row, button));
		cell.append(button);
	}
	document.querySelectorAll("#table thead th[data-o]").forEach(th => {
		const button = element("span", "", th.textContent);		/* no button element: it would not be printed on the next pages */
		button.role = "button";
		button.tabIndex = 0;
		button.title = "Order by this column";
		button.addEventListener("click", () => order(th, th.dataset.o === "n"));
		button.addEventListener("keydown", e => {
			if (e.key === "Enter" || e.key === " ") {
				e.preventDefault();
				order(th, th.dataset.o === "n");
			}
		});
		th.textContent = "";
		th.append(button);
	});
	for (const e of [find, kind, type])
		e.addEventListener("input", filter);
	document.querySelector(".tools").hidden = false;
	filter();
	document.documentElement.dataset.ready = String(rows.length);
	if (location.hash.startsWith("#r")) {
		const at = document.getElementById(location.hash.slice(1));
		const row = at && at.closest("tr");
		if (row) {
			row.querySelector("button").click();
			row.scrollIntoView({ block: "center" });
		}
	}
})();
