/*
 * conf_warrants.c: warrants.yaml, or a document of the same form that mdfctl sends: destinations, warrants, and whether
 * they fit together. Messages name things by line: LIIDs, targets and agencies are never quoted.
 */
#include "mediation/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "handover/dest_conf.h"
#include "handover/queue.h"
#include "mediation/conf_read.h"
#include "mediation/warrant/target.h"

#define WARRANTS_FILE_MAX ((size_t)1 << 30)	/* LI_WARRANTS_MAX warrants of 1 kB; one with one target has 400 octets */

/* What is read into: the object and what readers need to know beside it. */
struct reading {
	struct conf_warrants *w;
	const struct conf *c;
	const char *folder;
	conf_known *known;
	void *known_arg;
};

/* -- sets of 16 or fewer octets, to find what was given before -- */

struct seen { uint8_t key[1 + LI_LIID_MAX]; size_t at; };	/* at: index + 1; 0: free */
struct seen_set { struct seen *slot; size_t n_slots; };

static bool seen_init(struct seen_set *s, size_t n)
{
	for (s->n_slots = 16; s->n_slots < 2 * n; s->n_slots *= 2)
		;
	s->slot = calloc(s->n_slots, sizeof(*s->slot));
	return s->slot;
}

/* The slot where the key is, or would be. */
static struct seen *seen_slot(const struct seen_set *s, struct view key)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * UINT64_C(1099511628211);
	h ^= h >> 32;
	for (;; h++) {
		struct seen *e = &s->slot[h & (s->n_slots - 1)];

		if (!e->at || (e->key[0] == key.n && memcmp(e->key + 1, key.p, key.n) == 0))
			return e;
	}
}

/* Index + 1 of the one that had the key first, 0 when this is it. */
static size_t seen_put(struct seen_set *s, struct view key, size_t index)
{
	struct seen *e = seen_slot(s, key);

	if (e->at)
		return e->at;
	e->key[0] = (uint8_t)key.n;
	memcpy(e->key + 1, key.p, key.n);
	e->at = index + 1;
	return 0;
}

/* -- destinations -- */

_Static_assert(offsetof(struct reading, w) == 0, "first member");
_Static_assert(offsetof(struct conf_warrant, line) == 0, "first member");

/* -- */

static void read_dests(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct reading *r = to;
	struct conf_warrants *w = r->w;
	size_t n = yaml_count(y, at, (size_t)k->most, false);
	struct seen_set dids = { NULL, 0 };

	w->dest = n ? calloc(n, sizeof(*w->dest)) : NULL;
	w->dest_line = n ? calloc(n, sizeof(*w->dest_line)) : NULL;
	w->dest_moot = n ? calloc(n, sizeof(*w->dest_moot)) : NULL;
	if (n && (!w->dest || !w->dest_line || !w->dest_moot || !seen_init(&dids, n))) {
		yaml_nomem(y);
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct hm_dest_conf *d = &w->dest[i];
		size_t before;

		conf_dest_item(y, &item, r->c, r->folder, d, &w->dest_moot[i]);
		w->dest_line[i] = yaml_line(y, &item);
		w->n_dests = i + 1;
		before = li_uuid_is_nil(d->did.b) ? 0 : seen_put(&dids, view_of(d->did.b, 16), i);
		if (before)
			yaml_fault(y, &item, "has the did of the destination in line %d", w->dest_line[before - 1]);
		for (size_t j = 0; d->name && j < i; j++)
			if (w->dest[j].name && strcmp(w->dest[j].name, d->name) == 0)
				yaml_fault(y, &item, "has the name of the destination in line %d", w->dest_line[j]);
	}
	free(dids.slot);
}

/* -- warrants -- */

static void read_liid(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrant *w = to;
	const char *s = yaml_text(y, at, LI_NAME_MAX);

	(void)k;
	if (!s)
		return;
	switch (li_liid_read_any(view_str(s), &w->liid)) {
	case LI_OK:
		return;
	case LI_ERANGE:
		yaml_fault(y, at, "must have 1 to %d characters, or be 26 to 50 hexadecimal digits, of 13 to %d octets", LI_LIID_MAX, LI_LIID_MAX);
		return;
	default:
		yaml_fault(y, at, "printable ASCII without blanks is expected, and not \"-\" alone; beyond %d characters lower-case hexadecimal digits", LI_LIID_MAX);
	}
}

static void read_xid(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	(void)k;
	(void)conf_uuid(y, at, ((struct li_xid *)to)->b);
}

static void read_product_id(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrant *w = to;

	(void)k;
	w->has_product_id = conf_uuid(y, at, w->product_id.b);
}

/* -- a warrant's scope: what each key leaves out is not limited -- */

static void read_services(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct warrant_scope *s = to;
	size_t n = yaml_count(y, at, (size_t)k->most, true);

	if (n == 0)
		yaml_fault(y, at, "at least one service is expected");
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		const char *name = yaml_text(y, &item, LI_NAME_MAX);
		enum warrant_service v = name ? warrant_service_named(name) : WARRANT_SERVICES;

		if (name && v == WARRANT_SERVICES)
			yaml_fault(y, &item, "must be one of: voice, data, messaging, pushToTalk, LALS, RCS");
		else if (v != WARRANT_SERVICES)
			s->services |= (uint8_t)(1u << v);
	}
}

static void read_location(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "beginningAndEnd", WARRANT_LOCATION_BEGIN_END },
		{ "uponChange", WARRANT_LOCATION_UPON_CHANGE }, { "LALS", WARRANT_LOCATION_LALS }, { "none", 0 }, { "all", -1 },
		{ NULL, 0 } };
	size_t n = yaml_count(y, at, (size_t)k->most, true);
	struct warrant_scope *s = to;
	unsigned l = WARRANT_LOCATION_LIMITED;
	bool all = false;

	if (n == 0)
		yaml_fault(y, at, "none, all, or a list is expected");
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		int v;

		if (!yaml_word(y, &item, words, &v))
			continue;
		if (n > 1 && v <= 0)
			yaml_fault(y, &item, "stands alone");
		all |= v < 0;
		l |= v > 0 ? (unsigned)v : 0;
	}
	memset(s->location, all ? 0 : (int)l, sizeof(s->location));
}

static void read_suspend_roaming(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	bool v;

	(void)k, (void)to;
	if (yaml_bool(y, at, &v) && v)	/* it would be delivered beyond its warrant */
		yaml_fault(y, at, "cannot be yes: nothing here knows yet whether a target roams abroad");
}

static void read_report_digits(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	bool v;

	(void)k;
	if (yaml_bool(y, at, &v))
		((struct warrant_scope *)to)->no_digits = !v;
}

static void read_auth_country(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrant *w = to;

	(void)k;
	w->has_auth_country = conf_country(y, at, &w->auth_country);
}

static void read_delivery(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrant *w = to;
	int v;

	(void)k;
	if (!yaml_word(y, at, conf_deliveries, &v))
		return;
	w->hi2 = v & 1;
	w->hi3 = v & 2;
}

/* More than six digits after the point cannot be kept, so they are not accepted. */
static bool finer_than_us(const char *s)
{
	const char *point = strchr(s, '.');

	return point && strspn(point + 1, "0123456789") > 6;
}

static void read_instant(struct yaml *y, const struct yaml_at *at, li_us *to)
{
	const char *s = yaml_text(y, at, 64);

	if (!s)
		return;
	if (li_rfc3339_read(view_str(s), to))
		yaml_fault(y, at, "an instant is expected, as in 2026-01-01T00:00:00Z or 2026-01-01T01:00:00.000001+01:00");
	else if (finer_than_us(s))
		yaml_fault(y, at, "at most six digits may follow the point");
}

static void read_start(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	(void)k;
	read_instant(y, at, to);
}

static void read_end(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_text(y, at, 64);

	(void)k;
	if (s && strcmp(s, "never") == 0)	/* open, but only when somebody wrote it */
		*(li_us *)to = LI_US_NEVER;
	else if (s)
		read_instant(y, at, to);
}

/* One pair of a target: its name and its value. */
static void read_target(struct yaml *y, const char *name, const struct yaml_at *value, void *arg)
{
	struct conf_warrant *w = arg;
	const char *s = yaml_text(y, value, LI_TARGET_MAX), *why;
	char text[LI_TARGET_MAX + 1];
	struct li_id id;

	if (!s)
		return;
	if (target_read(name, s, text, &id, &why)) {
		yaml_fault(y, value, "%s", why);
		return;
	}
	for (size_t i = 0; i < w->n_targets; i++) {
		if (target_same(&w->target[i], &id))
			yaml_fault(y, value, "given twice");
		else if (li_id_seen_as(w->target[i].kind) == li_id_seen_as(id.kind) && id.text.n)
			yaml_fault(y, value, "two different identities of one kind never match together");
	}
	if (id.text.n) {
		char *copy = strdup(text);

		if (!copy) {
			yaml_nomem(y);
			return;
		}
		id.text.p = (const uint8_t *)copy;
	}
	w->target[w->n_targets++] = id;
}

static void read_targets(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	size_t n = yaml_count(y, at, (size_t)k->most, false);

	if (n == 0)
		yaml_fault(y, at, "at least one target is needed");
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);

		yaml_pairs(y, &item, 1, read_target, to);
	}
}

static void read_warrant_dests(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrant *w = to;
	size_t n = yaml_count(y, at, (size_t)k->most, false);

	if (n == 0)
		yaml_fault(y, at, "at least one destination is needed");
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct li_did did;

		if (!conf_uuid(y, &item, did.b))
			continue;
		for (size_t j = 0; j < w->n_dests; j++)
			if (memcmp(w->dest[j].b, did.b, 16) == 0)
				yaml_fault(y, &item, "given twice");
		w->dest[w->n_dests++] = did;
	}
}

#define WARRANT(...) ROW(conf_warrant, __VA_ARGS__)
static const struct yaml_key warrant[] = {
#include "mediation/conf.tbl"
};

/* What one warrant says must fit together. */
static void check_warrant(struct yaml *y, const struct yaml_at *at, const struct conf_warrant *w)
{
	if (w->end <= w->start)
		yaml_fault(y, at, "end must be after start");
	for (size_t i = 0; i < w->n_targets; i++) {	/* HO-PSH-004 */
		char text[LI_TARGET_MAX + 1];

		target_text(&w->target[i], text);
		if (view_eq(view_str(text), view_of(w->liid.p, w->liid.n)))
			yaml_fault(y, at, "liid must not be the target's identity");
	}
}

static void read_warrants(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_warrants *w = ((struct reading *)to)->w;
	size_t n = yaml_count(y, at, (size_t)k->most, false);

	w->warrant = n ? calloc(n, sizeof(*w->warrant)) : NULL;
	if (n && !w->warrant) {
		yaml_nomem(y);
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct conf_warrant *one = &w->warrant[w->n_warrants++];
		unsigned faults = yaml_faults(y);

		one->line = yaml_line(y, &item);
		yaml_map(y, &item, warrant, sizeof(warrant) / sizeof(warrant[0]), one, NULL);
		if (yaml_faults(y) == faults)
			check_warrant(y, &item, one);
	}
}

#define FILE_TOP(...) ROW(reading, __VA_ARGS__)
static const struct yaml_key top[] = {
#include "mediation/conf.tbl"
};

/* -- the whole -- */

static bool same_targets(const struct conf_warrant *a, const struct conf_warrant *b)
{
	size_t same = 0;

	for (size_t i = 0; i < a->n_targets; i++)	/* in any order; within a warrant they are distinct */
		for (size_t j = 0; j < b->n_targets; j++)
			same += target_same(&a->target[i], &b->target[j]);
	return same == a->n_targets && a->n_targets == b->n_targets;
}

static bool same_product(const struct conf_warrant *a, const struct conf_warrant *b)
{
	return a->has_product_id == b->has_product_id &&
	       (!a->has_product_id || memcmp(a->product_id.b, b->product_id.b, 16) == 0);
}

/* Every destination exists, and together they take what the warrant delivers (X1 error 3040's rule). */
static void check_dests_of(struct yaml *y, const struct reading *r, const struct seen_set *dids,
			   const struct conf_warrant *w)
{
	bool hi2 = false, hi3 = false, all = true;

	for (size_t i = 0; i < w->n_dests; i++) {
		size_t at = seen_slot(dids, view_of(w->dest[i].b, 16))->at;
		const struct hm_dest_conf *d = at ? &r->w->dest[at - 1] : NULL;

		if (!d && r->known)
			d = r->known(r->known_arg, &w->dest[i]);
		if (!d) {
			yaml_fault_line(y, w->line, "destinations", "item %zu is not a destination that exists", i + 1);
			all = false;
			continue;
		}
		hi2 |= d->hi2;
		hi3 |= d->hi3;
	}
	if (all && ((w->hi2 && !hi2) || (w->hi3 && !hi3)))
		yaml_fault_line(y, w->line, "delivery", "no destination takes %s", w->hi2 && !hi2 ? "HI2" : "HI3");
}

/* One of the same LIID that is twice the same order: the same task, or somebody who is meant anyway, and of the same services. */
static void check_liid(struct yaml *y, const struct conf_warrant *w, const struct conf_warrant *first)
{
	unsigned a = w->scope.services ? w->scope.services : WARRANT_ALL_SERVICES;
	unsigned b = first->scope.services ? first->scope.services : WARRANT_ALL_SERVICES;

	if (memcmp(w->xid.b, first->xid.b, 16) == 0)
		yaml_fault_line(y, w->line, "liid", "is given in line %d already, of the same xid", first->line);
	else if (same_targets(w, first) && (a & b))
		yaml_fault_line(y, w->line, "liid", "is given in line %d already, with the same targets and services", first->line);
}

/* What warrants say together. Only when each is good by itself. */
static void check_together(struct yaml *y, const struct reading *r)
{
	struct seen_set dids = { NULL, 0 }, liids = { NULL, 0 }, xids = { NULL, 0 };
	const struct conf_warrants *c = r->w;
	struct of_liid { size_t last, before, n; } *of = calloc(c->n_warrants + 1, sizeof(*of));	/* by index + 1; at the first of a LIID: its last, and how many */

	if (!of || !seen_init(&dids, c->n_dests) || !seen_init(&liids, c->n_warrants) || !seen_init(&xids, c->n_warrants)) {
		yaml_nomem(y);
		goto out;
	}
	for (size_t i = 0; i < c->n_dests; i++)
		(void)seen_put(&dids, view_of(c->dest[i].did.b, 16), i);
	for (size_t i = 0; i < c->n_warrants; i++) {
		const struct conf_warrant *w = &c->warrant[i], *first;
		size_t liid = seen_put(&liids, view_of(w->liid.p, w->liid.n), i);
		size_t xid = seen_put(&xids, view_of(w->xid.b, 16), i);

		liid = liid ? liid : i + 1;
		of[i + 1].before = of[liid].last;
		of[liid].last = i + 1;
		if (++of[liid].n > LI_TASKS_LIID) {
			yaml_fault_line(y, w->line, "liid", "is given to more than %d tasks", LI_TASKS_LIID);
			continue;
		}
		for (size_t k = of[i + 1].before; k; k = of[k].before)
			check_liid(y, w, &c->warrant[k - 1]);
		first = xid ? &c->warrant[xid - 1] : w;
		if (!same_targets(w, first))
			yaml_fault_line(y, w->line, "xid", "is shared with line %d, whose targets are other", first->line);
		if (!same_product(w, first))
			yaml_fault_line(y, w->line, "product_id", "is other than in line %d, of the same xid", first->line);
		check_dests_of(y, r, &dids, w);
	}
out:
	free(of);
	free(dids.slot);
	free(liids.slot);
	free(xids.slot);
}

struct conf_warrants *conf_warrants_load(const struct conf *c, const char *file, const struct view *text,
					 conf_known *known, void *known_arg, conf_say *say, void *arg)
{
	struct yaml *y = yaml_open(file, text, WARRANTS_FILE_MAX, say, arg);
	struct conf_warrants *w = y ? calloc(1, sizeof(*w)) : NULL;
	char *folder = y ? conf_folder(file) : NULL;
	struct reading r = { w, c, folder, known, known_arg };

	if (!y)
		return NULL;
	if (w)
		w->file = strdup(file);
	if (w && w->file && folder) {
		struct yaml_at root = yaml_root(y);
		uint64_t seen = 0;

		yaml_map(y, &root, top, sizeof(top) / sizeof(top[0]), &r, &seen);
		if (!seen && !yaml_faults(y))	/* a cut file must not end every warrant */
			yaml_fault(y, &root, "neither destinations nor warrants");
		if (!yaml_faults(y))
			check_together(y, &r);
	} else {
		yaml_nomem(y);
	}
	free(folder);
	if (yaml_close(y))
		return w;
	conf_warrants_free(w);
	return NULL;
}

void conf_warrants_free(struct conf_warrants *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_dests; i++)
		dest_conf_fini(&w->dest[i]);
	for (size_t i = 0; i < w->n_warrants; i++)
		for (size_t j = 0; j < w->warrant[i].n_targets; j++)
			free((void *)(uintptr_t)w->warrant[i].target[j].text.p);
	free(w->dest);
	free(w->dest_line);
	free(w->dest_moot);
	free(w->warrant);
	free(w->file);
	free(w);
}
