/*
 * observed.c: identities of the subscriber inside an event, by the field tables.
 *
 * An event names the target in some of its members and others in others. `own` lists the first kind; inside of one, everything
 * that is of an identity's type is taken. Of a message's two parties the direction says which is the target.
 */
#include "asn1/ber.h"
#include "asn1/fields.h"
#include "asn1/identity.h"
#include "asn1/xiri.h"

#define LEVELS 8	/* rCSTargetIdentities, the deepest, has five */

static const char *const own[] = { "sUPI", "pEI", "gPSI", "iMSI", "iMEI", "mSISDN", "iMPU", "deprecatedPEI", "externalIdentifier", "externalIdentifie",
	"uEEndpoint", "uEEndpoints", "userIdentifiers", "additionalUserIdentifiers", "ePSSubscriberIDs", "ePSIdentities", "hSSIdentities",
	"rCSTargetIdentities", "rCSTargetContactIdentities", "pTCTargetInformation", "targetIdentity", "oldSUPI", "oldPEI", "oldGPSI",
	"previousIMEI", "mSISDNs" };

/* Types that are an identity: how their primitive is told. */
static const struct {
	const char *type;
	enum li_id_kind kind;
} leaves[] = {
	{ "IMSI", LI_ID_PLAIN_IMSI }, { "IMEI", LI_ID_PLAIN_IMEI }, { "IMEISV", LI_ID_IMEISV }, { "MSISDN", LI_ID_PLAIN_MSISDN },
	{ "NAI", LI_ID_PLAIN_NAI }, { "SIPURI", LI_ID_SIP_URI }, { "TELURI", LI_ID_TEL_URI }, { "IMPI", LI_ID_IMPI }, { "E164Number", LI_ID_E164 },
	{ "EmailAddress", LI_ID_EMAIL }, { "IPv4Address", LI_ID_IPV4 }, { "IPv6Address", LI_ID_IPV6 }, { "MACAddress", LI_ID_MAC },
	{ "EUI64", LI_ID_PEI_EUI64 }
};

struct list {
	struct li_id *ids;
	size_t n, max;
};

/* What the CHOICE around a primitive makes of it. */
static enum li_id_kind within(enum li_id_kind kind, const char *around, const char *member)
{
	if (strcmp(around, "SUPI") == 0)
		return kind == LI_ID_PLAIN_IMSI ? LI_ID_IMSI : LI_ID_NAI;
	if (strcmp(around, "GPSI") == 0)
		return kind == LI_ID_PLAIN_MSISDN ? LI_ID_MSISDN : LI_ID_GPSI_NAI;
	if (strcmp(around, "PEI") == 0)
		return kind == LI_ID_PLAIN_IMEI ? LI_ID_IMEI : kind == LI_ID_MAC ? LI_ID_PEI_MAC : kind;
	if (strcmp(member, "mCPTTID") == 0)
		return LI_ID_MCPTT;
	if (strcmp(member, "instanceIdentifierURN") == 0)
		return LI_ID_INSTANCE_URN;
	if (strcmp(member, "groupIdentity") == 0)
		return LI_ID_PTC_GROUP;
	return kind;
}

static void leaf(struct list *l, enum li_id_kind kind, struct view v)
{
	struct li_id id = { .kind = kind, .text = v };
	size_t octets = kind == LI_ID_IPV4 ? 4 : kind == LI_ID_IPV6 ? 16 : kind == LI_ID_MAC || kind == LI_ID_PEI_MAC ? 6 : kind == LI_ID_PEI_EUI64 ? 8 : 0;

	if (octets) {
		if (v.n != octets)
			return;
		id.text = view_of(NULL, 0);
		memcpy(id.addr.b, v.p, octets);
		id.addr.family = kind == LI_ID_IPV4 ? 4 : kind == LI_ID_IPV6 ? 6 : 0;
		id.prefix = kind == LI_ID_IPV4 ? 32 : kind == LI_ID_IPV6 ? 128 : 0;
	}
	if (l->n < l->max && identity_known(&id, UINT8_MAX))
		l->ids[l->n++] = id;
}

static void collect(struct list *l, const struct field_type *t, const char *around, const char *member, const struct ber *v, unsigned level);

/* The contents of a constructed value of type t. */
static void inside(struct list *l, const struct field_type *t, struct view body, unsigned level)
{
	const struct field_member *m = NULL;
	struct rd r = rd_of(body);
	struct ber v;

	while (ber_next(&r, &v)) {
		if (t->kind == FIELD_SEQUENCE_OF || t->kind == FIELD_SET_OF) {
			const struct field_type *of = &fields_ts33128.types[t->of];

			if (of->kind == FIELD_CHOICE)	/* without a tag of its own: the item is the alternative */
				inside(l, of, v.whole, level + 1);
			else
				collect(l, of, "", "", &v, level + 1);
			continue;
		}
		m = field_after(t, m, (uint8_t)v.cls, v.tag);
		if (m)
			collect(l, &fields_ts33128.types[m->type], t->name, m->name, &v, level + 1);
		if (t->kind == FIELD_CHOICE)
			return;
	}
}

/* A member's value: of a CHOICE, the tag is explicit, so that its contents are the alternative. */
static void collect(struct list *l, const struct field_type *t, const char *around, const char *member, const struct ber *v, unsigned level)
{
	enum li_id_kind kind = LI_ID_NONE;

	if (level > LEVELS || strcmp(t->name, "SUCI") == 0)
		return;
	if (field_constructed(t->kind)) {
		if (v->constructed)
			inside(l, t, v->body, level);
		return;
	}
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (strcmp(leaves[i].type, t->name) == 0)
			kind = leaves[i].kind;
	kind = within(kind, around, member);
	if (kind != LI_ID_NONE && !v->constructed)
		leaf(l, kind, v->body);
}

static bool is_own(const char *member)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], member) == 0)
			return true;
	return false;
}

/* fromTarget(1) or toTarget(2) of a message's `direction`; 0: neither. */
static int direction(const struct field_type *t, struct view body)
{
	const struct field_member *d = field_by_name(t, "direction");
	struct rd r = rd_of(body);
	struct ber v;
	uint64_t x;

	while (d && ber_next(&r, &v))
		if (v.cls == (enum ber_class)d->tag_class && v.tag == d->tag && ber_uint(&v, &x) == LI_OK)
			return x == 1 || x == 2 ? (int)x : 0;
	return 0;
}

/* The target is the party that sent, or the one that a message goes to when it goes to one. */
static bool is_party(const struct field_type *t, const struct field_member *m, const struct ber *v, int dir)
{
	bool from = strncmp(m->name, "originating", 11) == 0, to = strncmp(m->name, "terminating", 11) == 0;
	struct rd r = rd_of(v->body);
	struct ber one;

	if ((!from && !to) || dir != (from ? 1 : 2) || (strncmp(t->name, "SMS", 3) && strncmp(t->name, "MMS", 3)))
		return false;
	if (fields_ts33128.types[m->type].kind != FIELD_SEQUENCE_OF)
		return true;
	return ber_next(&r, &one) && !rd_left(&r);
}

size_t xiri_observed(const struct xiri *x, struct li_id ids[], size_t max)
{
	const struct field_member *event = field_by_tag(field_find(&fields_ts33128, "IRIEvent"), FIELD_CONTEXT, x->tag), *m = NULL;
	const struct field_type *t = event ? &fields_ts33128.types[event->type] : NULL;
	struct list l = { ids, 0, max };
	struct rd r = rd_of(x->body);
	struct ber v;
	int dir;

	if (!t || (t->kind != FIELD_SEQUENCE && t->kind != FIELD_SET) || !x->constructed)
		return 0;
	dir = direction(t, x->body);
	while (ber_next(&r, &v)) {
		m = field_after(t, m, (uint8_t)v.cls, v.tag);
		if (m && (is_own(m->name) || is_party(t, m, &v, dir)))
			collect(&l, &fields_ts33128.types[m->type], "", m->name, &v, 0);
	}
	return l.n;
}
