/*
 * x1_local.c: tasks and destinations that the operator ordered here (warrants.yaml, mdfctl), told as an ADMF would have ordered them:
 * TS 103 221-1 clause 4.3 wants local acts visible over X1. The only ADMF sees them, and may end them; several see none, because each
 * has a network element of its own.
 */
#include "mediation/x1/x1_job.h"

#include <stdarg.h>
#include <stdio.h>

#include "mediation/warrant/target.h"
#include "mediation/x1/x1_frag.h"
#include "mediation/x1/x1_xml.h"

bool x1_sees_local(const struct x1_space *s)
{
	return s->sees_local;
}

/* The first error sticks. */
struct writing { struct buf *to; enum li_err err; };

static void LI_PRINTF(2, 3) put(struct writing *o, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!o->err)
		o->err = n < 0 || (size_t)n >= sizeof(text) ? LI_ELIMIT : buf_put(o->to, text, (size_t)n);
}

static void put_text(struct writing *o, const char *name, struct view text)
{
	put(o, "<%s>", name);
	if (!o->err)
		o->err = x1_frag_escape(text, o->to);
	put(o, "</%s>", name);
}

static void put_uuid(struct writing *o, const char *name, const uint8_t id[16])
{
	char text[LI_UUID_TEXT];

	x1_uuid(id, text);
	put(o, "<%s>%s</%s>", name, text, name);
}

/* TS 103 280 writes IPv6 in full. */
static void ipv6(const struct li_addr *a, char out[LI_ADDR_TEXT])
{
	for (int i = 0; i < 8; i++)
		snprintf(out + 5 * i, 6, "%02x%02x%s", a->b[2 * i], a->b[2 * i + 1], i < 7 ? ":" : "");
}

/* "sha-256:SALT:TYPE:DIGEST". The operator's has no context that this ADMF made: the UUID of none. */
static void put_hashed(struct writing *o, char *text)
{
	char *salt = strchr(text, ':'), *type = salt ? strchr(salt + 1, ':') : NULL, *digest = type ? strchr(type + 1, ':') : NULL;
	static const uint8_t none[16];

	if (!digest) {
		o->err = LI_EFORMAT;
		return;
	}
	*digest++ = 0;
	put(o, "<hashedIdentifier>");
	put_uuid(o, "h:hashContextID", none);
	put_text(o, "h:targetIdentityType", view_str(type + 1));
	put_text(o, "h:hashDigest", view_str(digest));
	put(o, "</hashedIdentifier>");
}

/* Of push to talk: in 3GPP's extension. */
static void put_ptc(struct writing *o, const char *name, struct view text)
{
	put(o, "<targetIdentifierExtension><Owner>3GPP</Owner><PTCLIX1TargetIdentifierExtensions xmlns=\"" X1_NS_3GPP "\"><PTCLIX1TargetIdentifier>");
	put_text(o, name, text);
	put(o, "</PTCLIX1TargetIdentifier></PTCLIX1TargetIdentifierExtensions></targetIdentifierExtension>");
}

/* Letters of any script. */
static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

static void put_target(struct writing *o, const struct li_id *id)
{
	const char *name = target_name(id);
	char text[LI_TARGET_MAX + 1], six[LI_ADDR_TEXT];

	put(o, "<targetIdentifier>");
	target_text(id, text);
	if (strcmp(name, "ipv4Cidr") == 0) {
		put(o, "<ipv4Cidr><c:IPv4CIDR>%s</c:IPv4CIDR></ipv4Cidr>", text);
	} else if (strcmp(name, "ipv6Cidr") == 0 || strcmp(name, "ipv6Address") == 0) {
		ipv6(&id->addr, six);
		put(o, "<%s>%s%s</%s>", name, six, strchr(text, '/') ? strchr(text, '/') : "", name);
	} else if (id->kind == LI_ID_HASHED) {
		put_hashed(o, text);
	} else if (id->kind == LI_ID_MCPTT || id->kind == LI_ID_INSTANCE_URN || id->kind == LI_ID_PTC_GROUP) {
		put_ptc(o, name, view_str(text));
	} else if (id->kind == LI_ID_PLAIN_MSISDN) {	/* X1 has one name less */
		put_text(o, "e164Number", view_str(text));
	} else if (id->kind == LI_ID_EMAIL && !is_ascii(text)) {
		put_text(o, "internationalizedEmailAddress", view_str(text));
	} else {
		put_text(o, name, view_str(text));
	}
	put(o, "</targetIdentifier>");
	explicit_bzero(text, sizeof(text));
}

static void put_dests(struct writing *o, const struct warrant *w)
{
	put(o, "<listOfDIDs>");
	for (size_t i = 0; i < w->n_dests; i++)
		put_uuid(o, "dId", w->dest[i]->conf.did.b);
	put(o, "</listOfDIDs>");
}

static void put_time(struct writing *o, const char *name, li_us t)
{
	char text[LI_RFC3339_MAX];

	if (t != LI_US_NEVER && li_rfc3339(t, text))
		put(o, "<%s>%s</%s>", name, text, name);
}

static void put_location(struct writing *o, unsigned l)
{
	put(o, "<locationType>");
	if (l == WARRANT_LOCATION_LIMITED)
		put(o, "<doNotReport></doNotReport>");
	else
		put(o, "<listOfLocationTypes><locationType><beginningAndEnd>%s</beginningAndEnd><uponChange>%s</uponChange><LALS>%s</LALS>"
		       "</locationType></listOfLocationTypes>", l & WARRANT_LOCATION_BEGIN_END ? "true" : "false",
		    l & WARRANT_LOCATION_UPON_CHANGE ? "true" : "false", l & WARRANT_LOCATION_LALS ? "true" : "false");
	put(o, "</locationType>");
}

/* warrants.yaml has one location for all services. */
static void put_scope(struct writing *o, const struct warrant_scope *s)
{
	struct warrant_scope plain = { .location_only = s->location_only, .truncate_sms = s->truncate_sms };

	if (warrant_scope_eq(s, &plain))
		return;
	put(o, "<serviceScopingOptions><serviceScopingOptions>");
	if (s->services) {
		put(o, "<serviceType>");
		for (unsigned i = 0; i < WARRANT_SERVICES; i++)
			if (s->services >> i & 1)
				put(o, "<serviceType>%s</serviceType>", warrant_service_name((enum warrant_service)i));
		put(o, "</serviceType>");
	}
	if (s->location[0])
		put_location(o, s->location[0]);
	if (s->suspend_roaming)
		put(o, "<suspendOnOutboundInternationalRoaming>true</suspendOnOutboundInternationalRoaming>");
	if (s->no_digits)
		put(o, "<reportPostDialledDigits>false</reportPostDialledDigits>");
	put(o, "</serviceScopingOptions></serviceScopingOptions>");
}

static void put_liid(struct writing *o, const struct li_liid *l)
{
	bool text = true;

	for (size_t i = 0; i < l->n; i++)
		text &= l->p[i] >= 0x21 && l->p[i] <= 0x7e;
	if (text) {
		put_text(o, "LIID", view_of(l->p, l->n));
		return;
	}
	put(o, "<LIID>");
	for (size_t i = 0; i < l->n; i++)
		put(o, "%02x", l->p[i]);
	put(o, "</LIID>");
}

static void put_mediation(void *arg, struct warrant *w)
{
	struct writing *o = arg;

	put(o, "<mediationDetails>");
	put_liid(o, &w->liid);
	put(o, "<deliveryType>%s</deliveryType>", w->hi2 && w->hi3 ? "HI2andHI3" : w->hi2 ? "HI2Only" : "HI3Only");
	put_time(o, "StartTime", w->start);
	put_time(o, "EndTime", w->end);
	put_dests(o, w);
	put_scope(o, &w->scope);
	put(o, "</mediationDetails>");
}

struct first { const struct warrant *w; };

static void take_first(void *arg, struct warrant *w)
{
	struct first *f = arg;

	if (!f->w)
		f->w = w;
}

bool x1_local_task(struct x1 *x, const struct task *t, struct buf *xml)
{
	struct writing o = { xml, LI_OK };
	struct first f = { NULL };

	(void)x;
	warrants_of(t, take_first, &f);
	if (!f.w)
		return false;
	put(&o, "<taskDetails>");
	put_uuid(&o, "xId", t->xid.b);
	put(&o, "<targetIdentifiers>");
	for (size_t i = 0; i < t->n_targets; i++)
		put_target(&o, &t->target[i]);
	put(&o, "</targetIdentifiers><deliveryType>%s</deliveryType>", f.w->hi2 && f.w->hi3 ? "X2andX3" : f.w->hi2 ? "X2Only" : "X3Only");
	put_dests(&o, f.w);
	put(&o, "<listOfMediationDetails>");
	warrants_of(t, put_mediation, &o);
	put(&o, "</listOfMediationDetails>");
	if (t->has_product_id)
		put_uuid(&o, "productID", t->product_id.b);
	put(&o, "</taskDetails>");
	return !o.err;
}

bool x1_local_dest(const struct dest *d, struct buf *xml)
{
	struct writing o = { xml, LI_OK };
	struct li_addr a;
	char six[LI_ADDR_TEXT];

	put(&o, "<destinationDetails>");
	put_uuid(&o, "dId", d->conf.did.b);
	put_text(&o, "friendlyName", view_str(d->conf.name));
	put(&o, "<deliveryType>%s</deliveryType><deliveryAddress>", d->conf.hi2 && d->conf.hi3 ? "X2andX3" : d->conf.hi2 ? "X2Only" : "X3Only");
	if (li_addr_read(d->conf.host, &a)) {	/* a name */
		put(&o, "<uri>tls://%s:%u</uri>", d->conf.host, d->conf.port);
	} else {
		if (a.family == 6)
			ipv6(&a, six);
		else
			li_addr_text(&a, six);
		put(&o, "<ipAddressAndPort><c:address><c:IPv%uAddress>%s</c:IPv%uAddress></c:address><c:port><c:TCPPort>%u</c:TCPPort></c:port>"
			"</ipAddressAndPort>", a.family, six, a.family, d->conf.port);
	}
	put(&o, "</deliveryAddress></destinationDetails>");
	return !o.err;
}
