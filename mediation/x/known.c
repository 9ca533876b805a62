/* known.c: see known.h. Kind 1, length 1, octets: one identity after the other. */
#include "mediation/x/known.h"

#include <li/rd.h>

static bool is_subscription(enum li_id_kind k)
{
	switch (li_id_seen_as(k)) {
	case LI_ID_IMSI: case LI_ID_NAI:
		return true;
	default:
		return false;
	}
}

/* One that stays with its subscriber, or with the session. */
static bool is_permanent(enum li_id_kind k)
{
	switch (li_id_seen_as(k)) {
	case LI_ID_IMSI: case LI_ID_NAI: case LI_ID_MSISDN: case LI_ID_GPSI_NAI: case LI_ID_IMEI: case LI_ID_IMEISV:
	case LI_ID_SIP_URI: case LI_ID_TEL_URI: case LI_ID_IMPI: case LI_ID_MCPTT:
		return true;
	default:
		return false;
	}
}

static bool is_terminal(enum li_id_kind k)
{
	return li_id_seen_as(k) == LI_ID_IMEI || k == LI_ID_IMEISV;
}

static bool next(struct rd *r, struct li_id *id)
{
	*id = (struct li_id){ .kind = (enum li_id_kind)rd_u8(r) };
	id->text = rd_take(r, rd_u8(r));
	return !r->err;
}

static bool is_same(const struct li_id *a, const struct li_id *b)
{
	return li_id_seen_as(a->kind) == li_id_seen_as(b->kind) && view_eq(a->text, b->text);
}

static bool is_known(const struct known *k, const struct li_id *id)
{
	struct rd r = rd_of(buf_view(&k->b));
	struct li_id one;

	while (rd_left(&r) && next(&r, &one))
		if (is_same(&one, id))
			return true;
	return false;
}

static void add(struct known *k, const struct li_id *id)
{
	if (!is_permanent(id->kind) || id->text.n > UINT8_MAX || is_known(k, id))
		return;
	if (!k->b.p)
		buf_init(&k->b, KNOWN_MAX);
	if (k->b.n + 2 + id->text.n > KNOWN_MAX || buf_need(&k->b, KNOWN_MAX - k->b.n))
		return;		/* what there is no room for is not told */
	k->b.p[k->b.n++] = (uint8_t)id->kind;
	k->b.p[k->b.n++] = (uint8_t)id->text.n;
	if (id->text.n)
		memcpy(k->b.p + k->b.n, id->text.p, id->text.n);
	k->b.n += id->text.n;
}

void known_note(struct known *k, const struct ids *names)
{
	for (size_t i = 0; i < names->n; i++)
		add(k, &names->id[i].id);
}

bool known_subscriber(struct known *k, const struct ids *names)
{
	bool named = false, same = false;

	for (size_t i = 0; i < names->n; i++)
		if (is_subscription(names->id[i].id.kind)) {
			named = true;
			same |= is_known(k, &names->id[i].id);
		}
	if (!named)
		return false;
	if (!same)
		known_drop(k);
	for (size_t i = 0; i < names->n; i++)
		if (!is_terminal(names->id[i].id.kind))
			add(k, &names->id[i].id);
	return true;
}

void known_tell(const struct known *k, struct ids *ids)
{
	struct rd r = rd_of(buf_view(&k->b));
	size_t n = ids->n;
	struct li_id one;

	while (rd_left(&r) && next(&r, &one)) {
		size_t i = 0;

		while (i < n && !is_same(&ids->id[i].id, &one))
			i++;
		if (i == n)
			ids_add(ids, &one, LI_PROV_OTHER);	/* LI128-048 */
	}
}

void known_drop(struct known *k)
{
	buf_wipe(&k->b);
	buf_fini(&k->b);
}
