/* xiri.c: XIRIPayload and IRIPayload, TS 33.128 clauses 5.3.2 and 5.5.2. */
#include "asn1/xiri.h"

#include "asn1/ber.h"
#include "asn1/identity.h"
#include "asn1/ims.h"
#include "asn1/oid.h"

#define SIP_EVENT 105		/* iMSMessage */
#define EITHER_TYPE 68		/* nEFUnsuccessfulProcedure: the one whose type depends on its session */
#define INDICATOR_SINCE 18	/* mediatedFromIndicator: V18.8.0 */

/* What a row says, as values. Of a SIP message either service can be. */
#define ROUTE_SHARED XIRI_SHARED
#define ROUTE_NOWHERE XIRI_NOWHERE	/* LI128-011, LI128-012 */
#define ROUTE_IPPR XIRI_IPPR		/* LI128-013 */
#define ROUTE_HI2_ONLY XIRI_HI2_ONLY	/* LI128-014 */
#define SERVICE_ANY 0
#define SERVICE_VOICE LI_SERVICE_VOICE
#define SERVICE_DATA LI_SERVICE_DATA
#define SERVICE_MESSAGING LI_SERVICE_MESSAGING
#define SERVICE_PTC LI_SERVICE_PTC
#define SERVICE_LALS LI_SERVICE_LALS
#define SERVICE_RCS LI_SERVICE_RCS
#define SERVICE_IMS (LI_SERVICE_VOICE | LI_SERVICE_MESSAGING)

#define FIRST_TAG 1
static const struct xiri_event events[] = {
#define EVENT(tag, name, route, type, cin, service, release, version, also, also_version) \
	[tag - FIRST_TAG] = { #name, tag, ROUTE_##route, LI_IRI_##type, XIRI_CIN_##cin, SERVICE_##service, release, version, also, also_version },
#include "asn1/xiri.tbl"
#undef EVENT
};
#define N_EVENTS (sizeof(events) / sizeof(events[0]))

/* Newer than our table: forwarded, and never one that opens or closes a session. */
static const struct xiri_event unknown = { .route = XIRI_SHARED, .type = LI_IRI_REPORT, .cin = XIRI_CIN_IF_ANY };

const struct xiri_event *xiri_event(uint32_t tag)
{
	if (tag < FIRST_TAG || tag - FIRST_TAG >= N_EVENTS || !events[tag - FIRST_TAG].name)
		return NULL;
	return &events[tag - FIRST_TAG];
}

/* -- reading -- */

/* A peer sends one level of octets after the other: the depth has a limit. */
static enum li_err whole(struct view v, unsigned depth)
{
	struct rd r = rd_of(v);
	enum li_err e = depth > LI_BER_DEPTH ? LI_ELIMIT : LI_OK;	/* LI128-018 */
	struct ber t;

	while (!e && ber_next(&r, &t))
		if (t.constructed)
			e = whole(t.body, depth + 1);
	return e ? e : r.err;
}

enum li_err xiri_whole(struct view contents)
{
	return whole(contents, 1);
}

static enum li_err read_oid(const struct ber *m, struct xiri *out)
{
	uint32_t kind;

	if (m->constructed || !m->body.n)
		return LI_EFORMAT;
	out->oid = m->body;
	if (oid_33128_read(m->body, &out->release, &out->version, &kind) != LI_OK)
		out->release = out->version = 0;
	return LI_OK;
}

/* A CHOICE under a tag: one TLV inside. */
static enum li_err read_event(const struct ber *m, struct xiri *out)
{
	struct rd r = rd_of(m->body);
	struct ber t;

	if (!m->constructed)
		return LI_EFORMAT;
	if (!ber_next(&r, &t))
		return r.err ? r.err : LI_EMISSING;
	if (rd_left(&r) || t.cls != BER_CONTEXT)
		return LI_EFORMAT;
	out->tag = t.tag;
	out->event = t.whole;
	out->body = t.body;
	out->constructed = t.constructed;
	out->is = xiri_event(t.tag);
	if (!out->is)		/* LI128-009 */
		out->is = &unknown;
	return t.constructed ? whole(t.body, 3) : LI_OK;
}

enum li_err xiri_read(struct view payload, struct xiri *out)
{
	struct rd r = rd_of(payload), in;
	enum li_err e = LI_OK;
	struct ber t, m;

	memset(out, 0, sizeof(*out));
	out->is = &unknown;
	if (payload.n > LI_PDU_MAX)
		return LI_ELIMIT;
	if (!ber_next(&r, &t))				/* LI128-015, LI128-016, LI128-017 */
		return r.err ? r.err : LI_ETRUNC;
	if (!ber_is(&t, BER_UNIVERSAL, BER_SEQUENCE) || !t.constructed || rd_left(&r))
		return LI_EFORMAT;
	for (in = rd_of(t.body); !e && ber_next(&in, &m);) {
		if (ber_is(&m, BER_CONTEXT, 1) && !out->oid.n)
			e = read_oid(&m, out);
		else if (ber_is(&m, BER_CONTEXT, 2) && !out->event.n)
			e = read_event(&m, out);
	}							/* what else there is was added later, and is not ours to know */
	if (!e)
		e = in.err;
	return e ? e : out->oid.n && out->event.n ? LI_OK : LI_EMISSING;	/* LI128-019 */
}

enum li_err xiri_take(struct xiri *x, struct view event)
{
	struct rd r = rd_of(event);
	struct ber t;

	if (!ber_next(&r, &t) || rd_left(&r))
		return LI_EENCODE;
	x->event = t.whole;
	x->body = t.body;
	x->constructed = t.constructed;
	return LI_OK;
}

/* -- what the table says -- */

enum li_iri_type xiri_type(const struct xiri_event *e, bool in_session)
{
	if (e->tag == EITHER_TYPE && in_session)
		return LI_IRI_CONTINUE;
	return (enum li_iri_type)e->type;
}

bool xiri_fits(uint32_t tag, uint8_t release, uint8_t version)
{
	const struct xiri_event *e = xiri_event(tag);

	if (!e)
		return release >= events[N_EVENTS - 1].release;
	if (release != e->release)
		return release > e->release || (release == e->also_release && version >= e->also_version);
	return version >= e->version;
}

bool xiri_in_scope(const struct xiri *x, unsigned services)
{
	unsigned of = x->tag == SIP_EVENT ? ims_services(x) : x->is->services;

	return !services || !of || (of & services);
}

/* -- writing -- */

/* {threeGPP(4) ts33128(19) …} of the sender differs from ours in release or version: TS 33.128 table 5.5.2-2. What came as something
 * else than an XIRIPayload has none. */
static bool is_mediated(const struct xiri *x, const struct li_iri_env *env)
{
	return x->oid.n && env->release >= INDICATOR_SINCE && (x->release != env->release || x->version != env->version);
}

/* LI128-049 */
static bool is_twice(const struct li_iri_env *env, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (env->ids[k].provenance == env->ids[i].provenance && identity_eq(&env->ids[k].id, &env->ids[i].id))
			return true;
	return false;
}

static void write_identities(struct wr *w, const struct li_iri_env *env)
{
	size_t all = wr_len(w), one, identifier;

	for (size_t i = env->n_ids; i--;) {
		if (!identity_known(&env->ids[i].id, env->release) || is_twice(env, i))
			continue;
		one = wr_len(w);
		ber_put_uint(w, BER_CTX(2), (uint64_t)env->ids[i].provenance);
		identifier = wr_len(w);
		identity_write(w, &env->ids[i].id);
		ber_head(w, BER_CTX_C(1), identifier);	/* TargetIdentifier is a CHOICE */
		ber_head(w, BER_SEQ, one);
	}
	if (wr_len(w) != all)
		ber_head(w, BER_CTX_C(3), all);
}

enum li_err xiri_iri(const struct xiri *x, const struct li_iri_env *env, struct buf *out)
{
	size_t most = x->event.n + x->oid.n + 64, mark;
	uint8_t oid[OID_MAX];
	enum li_err e;
	struct wr w;

	if (x->is->route != XIRI_SHARED)
		return LI_EUNKNOWN;
	for (size_t i = 0; i < env->n_ids; i++)
		most += identity_size(&env->ids[i].id);
	e = buf_need(out, most);
	if (e)
		return e;
	w = wr_of(out->p + out->n, most);
	if (is_mediated(x, env)) {			/* LI128-005, LI128-006, HO-M33-011 */
		ber_put(&w, BER_CTX(1), x->oid);
		ber_head(&w, BER_CTX_C(4), 0);
	}
	write_identities(&w, env);
	mark = wr_len(&w);
	/* LI128-001, LI128-008, LI128-010, LI128-027: not an octet of it is changed. So what the function has read, seen and concluded comes out as it told it:
	 * LI128-139, LI128-142, LI128-146, LI128-147, LI128-149, LI128-152 of SMS,
	 * LI128-107, LI128-108, LI128-109, LI128-110, LI128-111 of EPS, LI128-168 of IMS */
	wr_put(&w, x->event.p, x->event.n);
	ber_head(&w, BER_CTX_C(2), mark);		/* IRIEvent is a CHOICE */
	ber_put(&w, BER_CTX(1), view_of(oid, oid_33128(env->release, env->version, OID_IRI, oid)));	/* LI128-002 */
	ber_head(&w, BER_SEQ, 0);
	if (w.err)
		return LI_EENCODE;
	memmove(out->p + out->n, w.p, wr_len(&w));
	out->n += wr_len(&w);
	return LI_OK;
}
