/* protovec.c: the table of messages; PFCP and NAS, which are octets, are written here. */
#include "test/gen/protovec.h"

#include <stdarg.h>
#include <stdlib.h>

#include "test/gen/protovec_ngap.h"

#define VECS 128

static struct protovec vec[VECS];
static size_t n_vec;

/* -- PFCP: elements of type, length, value -- */

struct octets {
	size_t n;
	uint8_t p[1400];
};

static void put(struct octets *o, const void *p, size_t n)
{
	if (o->n + n > sizeof(o->p))
		abort();
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_uint(struct octets *o, uint64_t x, size_t n)
{
	while (n--) {
		uint8_t b = (uint8_t)(x >> 8 * n);

		put(o, &b, 1);
	}
}

static void ie(struct octets *o, unsigned type, const char *value, size_t n)
{
	put_uint(o, type, 2);
	put_uint(o, n, 2);
	put(o, value, n);
}
#define IE(o, type, literal) ie(o, type, literal, sizeof(literal) - 1)

static void group(struct octets *o, unsigned type, struct octets *inner)
{
	ie(o, type, (const char *)inner->p, inner->n);
	inner->n = 0;
}

static void pfcp_to(struct octets *o, unsigned flags, unsigned type, uint64_t seid, uint32_t seq, struct octets *body)
{
	put_uint(o, 0x20 | flags, 1);
	put_uint(o, type, 1);
	put_uint(o, body->n + (flags & 1 ? 12 : 4), 2);
	if (flags & 1)
		put_uint(o, seid, 8);
	put_uint(o, seq, 3);
	put_uint(o, 0, 1);
	put(o, body->p, body->n);
	body->n = 0;
}

static struct protovec *add(const char *name, enum protovec_kind kind, const void *p, size_t n)
{
	struct protovec *v = &vec[n_vec];

	if (n_vec++ >= VECS || n > sizeof(v->p))
		abort();
	v->name = name;
	v->kind = kind;
	v->n = n;
	memcpy(v->p, p, n);
	return v;
}

static void pfcp(const char *name, unsigned type, uint64_t seid, struct octets *body)
{
	static struct octets o;

	o.n = 0;
	pfcp_to(&o, type >= 50 ? 1 : 0, type, seid, 0x010203, body);
	add(name, VEC_PFCP, o.p, o.n);
}

#define CHOOSE_V4 "\x05"
#define CHOOSE_ID "\x0d\x2a"

/* The subscriber of User ID: IMSI 001010123456789, IMEISV 3512345678901234, MSISDN 31612345678. */
#define USER_IMSI "\x08\x00\x01\x01\x21\x43\x65\x87\xf9"
#define USER_IMEI "\x08\x53\x21\x43\x65\x87\x09\x21\x43"
#define USER_MSISDN "\x06\x13\x16\x32\x54\x76\xf8"

static void pfcp_establishment(void)
{
	static struct octets b, g, p;

	IE(&b, 60, "\x00\x0a\x00\x00\x01");
	IE(&b, 57, "\x03\x11\x22\x33\x44\x55\x66\x77\x88\x0a\x00\x00\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01");
	IE(&p, 20, "\x00");			/* uplink: from access, a tunnel that the UP function chooses */
	IE(&p, 21, CHOOSE_ID);
	IE(&p, 22, "\x06" "access");
	IE(&p, 93, "\x02\x0a\x2d\x00\x05");
	IE(&p, 93, "\x41\x20\x01\x0d\xb8\x00\x01\0\0\0\0\0\0\0\0\0\x01\x40");
	IE(&p, 160, "\x0b");
	IE(&p, 124, "\x01");
	IE(&p, 124, "\x05");
	IE(&g, 56, "\x00\x01");
	IE(&g, 29, "\x00\x00\x00\xff");
	group(&g, 2, &p);
	IE(&g, 95, "\x00");
	IE(&g, 108, "\x00\x00\x00\x01");
	IE(&g, 109, "\x00\x00\x00\x01");
	group(&b, 1, &g);
	IE(&p, 20, "\x01");			/* downlink: from core, to the UE's address */
	IE(&p, 22, "internet");
	IE(&p, 93, "\x06\x0a\x2d\x00\x05");
	IE(&g, 56, "\x00\x02");
	group(&g, 2, &p);
	IE(&g, 108, "\x00\x00\x00\x02");
	group(&b, 1, &g);
	IE(&p, 42, "\x01");
	IE(&p, 22, "\x08internet");
	IE(&g, 108, "\x00\x00\x00\x01");
	IE(&g, 44, "\x02");
	group(&g, 4, &p);
	group(&b, 3, &g);
	IE(&p, 42, "\x00");
	IE(&p, 84, "\x01\x00\x00\x00\x0d\x17\x0a\x00\x00\x02");
	IE(&p, 160, "\x0b");
	IE(&g, 108, "\x00\x00\x00\x02");
	IE(&g, 44, "\x02\x00");
	group(&g, 4, &p);
	group(&b, 3, &g);
	IE(&g, 109, "\x00\x00\x00\x01");
	IE(&g, 25, "\x00");
	IE(&g, 26, "\x00\x00\x0f\x42\x40\x00\x00\x1e\x84\x80");
	IE(&g, 27, "\x00\x00\x00\x00\x01\x00\x00\x00\x00\x02");
	IE(&g, 124, "\x01");
	group(&b, 7, &g);
	IE(&b, 113, "\x03");
	IE(&b, 141, "\x0f" USER_IMSI USER_IMEI USER_MSISDN "\x0cu@realm.test");
	IE(&b, 159, "\x08internet\x06mnc001\x06mcc001\x04gprs");
	IE(&b, 257, "\x01\x01\x02\x03");
	IE(&b, 96, "\xe8\xc3\x86\x69");
	IE(&b, 65000 & 0x7fff, "whatever");	/* a type that nobody knows */
	IE(&b, 0x8001, "\x28\xafvendor");	/* an enterprise's own */
	pfcp("pfcp_establishment", 50, 0, &b);
}

static void pfcp_sessions(void)
{
	static struct octets b, g, p;

	IE(&b, 60, "\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09");
	IE(&b, 19, "\x01");
	IE(&b, 57, "\x02\x00\x00\x00\x00\x00\x00\x00\x09\x0a\x00\x00\x02");
	IE(&g, 56, "\x00\x01");
	IE(&g, 21, "\x03\x00\x00\x00\x2a\x0a\x00\x00\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02");
	IE(&g, 93, "\x02\x0a\x2d\x00\x06");
	group(&b, 8, &g);
	pfcp("pfcp_establishment_response", 51, UINT64_C(0x1122334455667788), &b);

	IE(&p, 42, "\x00");
	IE(&p, 84, "\x02\x00\xff\xff\xff\xfe\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x03");
	IE(&g, 108, "\x00\x00\x00\x02");
	IE(&g, 44, "\x0c");
	group(&g, 11, &p);
	group(&b, 10, &g);
	IE(&g, 56, "\x00\x01");
	IE(&p, 20, "\x00");
	IE(&p, 21, "\x01\x00\x00\x00\x2b\x0a\x00\x00\x02");
	group(&g, 2, &p);
	group(&b, 9, &g);
	IE(&g, 109, "\x00\x00\x00\x01");
	IE(&g, 26, "\x00\x00\x00\x00\x05\x00\x00\x00\x00\x06");
	group(&b, 14, &g);
	IE(&g, 56, "\x00\x07");
	group(&b, 15, &g);
	IE(&g, 108, "\x00\x00\x00\x08");
	group(&b, 16, &g);
	IE(&g, 109, "\x00\x00\x00\x09");
	group(&b, 18, &g);
	pfcp("pfcp_modification", 52, 9, &b);

	IE(&b, 19, "\x01");
	IE(&g, 81, "\x00\x00\x00\x01");
	IE(&g, 66, "\x07\x00\x00\x00\x00\x00\x00\x00\x64\x00\x00\x00\x00\x00\x00\x00\x28\x00\x00\x00\x00\x00\x00\x00\x3c");
	group(&b, 78, &g);
	pfcp("pfcp_modification_response", 53, 1, &b);

	pfcp("pfcp_deletion", 54, 9, &b);

	IE(&b, 19, "\x01");
	IE(&g, 66, "\x3e\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00"
	       "\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x04");
	IE(&g, 69, "\xe8\xc3\x86\x69");
	IE(&g, 70, "\xe8\xc3\x86\x6a");
	group(&b, 79, &g);
	IE(&g, 66, "\x01\x00\x00\x00\x00\x00\x00\x00\x05");
	group(&b, 79, &g);
	pfcp("pfcp_deletion_response", 55, 1, &b);

	IE(&b, 39, "\x02");
	IE(&g, 66, "\x02\xff\xff\xff\xff\xff\xff\xff\xff");
	group(&b, 80, &g);
	pfcp("pfcp_report", 56, 1, &b);
	IE(&b, 19, "\x41");
	pfcp("pfcp_report_response", 57, 9, &b);

	/* PDI optimisation: the tunnel and the address stand in traffic endpoints */
	IE(&b, 57, "\x02\x00\x00\x00\x00\x00\x00\x00\x01\x0a\x00\x00\x01");
	IE(&p, 20, "\x00");
	IE(&p, 131, "\x03");
	IE(&g, 56, "\x00\x01");
	group(&g, 2, &p);
	group(&b, 1, &g);
	IE(&g, 131, "\x03");
	IE(&g, 21, "\x01\x00\x00\x00\x77\x0a\x00\x00\x02");
	IE(&g, 22, "access");
	IE(&g, 93, "\x02\x0a\x2d\x00\x07");
	group(&b, 127, &g);
	pfcp("pfcp_endpoint", 50, 0, &b);

	IE(&b, 19, "\x01");
	IE(&g, 131, "\x03");
	IE(&g, 21, "\x01\x00\x00\x00\x78\x0a\x00\x00\x02");
	group(&b, 128, &g);
	pfcp("pfcp_endpoint_response", 51, 1, &b);

	IE(&g, 131, "\x03");
	IE(&g, 21, "\x01\x00\x00\x00\x79\x0a\x00\x00\x02");
	IE(&g, 93, "\x02\x0a\x2d\x00\x08");
	group(&b, 129, &g);
	IE(&g, 131, "\x04");
	IE(&g, 21, "");				/* a null length takes away */
	group(&b, 129, &g);
	IE(&g, 131, "\x05");
	group(&b, 130, &g);
	pfcp("pfcp_endpoint_modification", 52, 9, &b);

	/* an Ethernet session: the UE's MAC address stands in the PDI's filter */
	IE(&p, 133, "\x01\x02\x00\x00\x00\x00\x05");
	group(&g, 132, &p);
	IE(&g, 20, "\x00");
	p = g;
	g.n = 0;
	IE(&g, 56, "\x00\x01");
	group(&g, 2, &p);
	group(&b, 1, &g);
	IE(&b, 113, "\x05");
	pfcp("pfcp_ethernet", 50, 0, &b);

	/* Sxb of a 4G core: S5/S8-U and SGi interfaces only */
	IE(&p, 20, "\x00");
	IE(&p, 160, "\x01");
	IE(&p, 21, CHOOSE_V4);
	IE(&p, 93, "\x16");			/* the UP function chooses the address too */
	IE(&g, 56, "\x00\x01");
	group(&g, 2, &p);
	group(&b, 1, &g);
	IE(&p, 42, "\x02");
	IE(&p, 160, "\x10");
	IE(&g, 108, "\x00\x00\x00\x01");
	group(&g, 4, &p);
	group(&b, 3, &g);
	pfcp("pfcp_sxb", 50, 0, &b);

	/* identities as TS 29.571 writes them */
	IE(&b, 141, "\x70\x14imsi-001010123456789\x12msisdn-31612345678\x13imei-35123456789012");
	pfcp("pfcp_supi", 50, 0, &b);
	IE(&b, 141, "\x30\x0bnai-u@x.exa\x0b" "extid-e@x.y");
	pfcp("pfcp_supi_nai", 50, 0, &b);
	/* and broken ones: a letter nibble, a letter, an unknown prefix */
	IE(&b, 141, "\x31\x03\x10\xa2\xf3\x07imsi-1x\x05what-");
	pfcp("pfcp_broken_user", 50, 0, &b);
}

static void pfcp_nodes(void)
{
	static struct octets b, o;

	IE(&b, 96, "\xe8\xc3\x86\x69");
	pfcp("pfcp_heartbeat", 1, 0, &b);
	IE(&b, 60, "\x02\x03upf\x07" "example");
	IE(&b, 96, "\xe8\xc3\x86\x70");
	pfcp("pfcp_association", 5, 0, &b);
	IE(&b, 60, "\x00\x0a\x00\x00\x01");
	IE(&b, 96, "\xe8\xc3\x86\x70");
	IE(&o, 185, "\x02\x0a\x00\x00\x01");
	IE(&o, 185, "\x03\x0a\x00\x00\x09\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01");
	group(&b, 183, &o);
	pfcp("pfcp_association_retaining", 5, 0, &b);
	IE(&b, 60, "\x00\x0a\x00\x00\x02");
	IE(&b, 19, "\x01");
	IE(&b, 96, "\xe8\xc3\x86\x71");
	pfcp("pfcp_association_response", 6, 0, &b);
	IE(&b, 60, "\x00\x0a\x00\x00\x01");
	pfcp("pfcp_association_release", 9, 0, &b);
	IE(&b, 60, "\x00\x0a\x00\x00\x01");
	IE(&b, 65, "\x02\x0a\x00\x00\x01\x00\x05\x00\x06");
	IE(&b, 65, "\x21\x12\x34\x56\x78\x00\x07");
	pfcp("pfcp_set_deletion", 14, 0, &b);

	/* two messages in one datagram */
	IE(&b, 96, "\xe8\xc3\x86\x69");
	pfcp_to(&o, 4, 1, 0, 1, &b);
	IE(&b, 19, "\x01");
	pfcp_to(&o, 1, 55, 77, 2, &b);
	add("pfcp_two", VEC_PFCP, o.p, o.n);
}

/* -- NAS -- */

#define NAS(name, octets) add("nas_" name, VEC_NAS, octets, sizeof(octets) - 1)
/* type, key set identifier and home network 001 01, routing indicator 0, null scheme, MSIN 0123456789 */
#define SUCI_IMSI "\x00\x0d\x01\x00\xf1\x10\xf0\xff\x00\x00\x10\x32\x54\x76\x98"
#define GUTI "\x00\x0b\xf2\x00\xf1\x10\x80\x55\x6a\xde\xad\xbe\xef"
#define IMEISV "\x35\x15\x32\x54\x76\x98\x10\x32\xf4"
#define MAC "\x01\x02\x03\x04\x05"
#define DNN "\x25\x09\x08internet"

static void nas_all(void)
{
	static const char nai[] = "type1.rid0.schid0.useriduser17@example.com";
	static const char nai_hidden[] = "type1.rid0.schid1.hnkey27.useridhidden@example.com";
	struct octets o = { 0 };

	NAS("registration_suci", "\x7e\x00\x41\x79" SUCI_IMSI "\x10\x01\x07\x2e\x02\xf0\xf0\x52\x00\xf1\x10\x00\x00\x01");
	/* three digits of MNC, an odd MSIN */
	NAS("registration_mnc3", "\x7e\x00\x41\x71\x00\x0c\x01\x13\x00\x62\xf0\xff\x00\x00\x21\x43\x65\xf7");
	/* profile A: what is concealed says nothing to us, even when it looks like digits */
	NAS("registration_hidden", "\x7e\x00\x41\x71\x00\x0d\x01\x00\xf1\x10\xf0\xff\x01\x1b\x21\x43\x65\x87\x09");
	NAS("registration_guti", "\x7e\x01" MAC "\x7e\x00\x41\x72" GUTI "\x71\x00\x05\x7e\x00\x43\x00\x00");
	put(&o, "\x7e\x00\x41\x79", 4);
	put_uint(&o, sizeof(nai), 2);
	put(&o, "\x11", 1);
	put(&o, nai, sizeof(nai) - 1);
	add("nas_registration_nai", VEC_NAS, o.p, o.n);
	o.n = 0;
	put(&o, "\x7e\x00\x41\x79", 4);
	put_uint(&o, sizeof(nai_hidden), 2);
	put(&o, "\x11", 1);
	put(&o, nai_hidden, sizeof(nai_hidden) - 1);
	add("nas_registration_nai_hidden", VEC_NAS, o.p, o.n);
	NAS("registration_accept", "\x7e\x02" MAC "\x7e\x00\x42\x01\x01\x77" GUTI "\x54\x07\x00\x00\xf1\x10\x00\x00\x01"
	    "\x15\x02\x01\x01\x5e\x01\x06");
	NAS("registration_reject", "\x7e\x00\x44\x6f\x5f\x01\x21");
	NAS("registration_complete", "\x7e\x02" MAC "\x7e\x00\x43");
	NAS("identity_response_imei", "\x7e\x01" MAC "\x7e\x00\x5c\x00\x08\x3b\x15\x32\x54\x76\x98\x10\x32");
	NAS("identity_response_imeisv", "\x7e\x01" MAC "\x7e\x00\x5c\x00\x09" IMEISV);
	NAS("sm_command", "\x7e\x03" MAC "\x7e\x00\x5d\x02\x00\x02\xf0\xf0\xe1\x36\x01\x02");
	NAS("sm_complete", "\x7e\x04" MAC "\x7e\x00\x5e\x77\x00\x09" IMEISV "\x71\x00\x13\x7e\x00\x41\x79" SUCI_IMSI);
	NAS("service_request", "\x7e\x01" MAC "\x7e\x00\x4c\x10\x00\x07\xf4\x55\x6a\xca\xfe\xba\xbe\x40\x02\x20\x00");
	NAS("service_accept", "\x7e\x02" MAC "\x7e\x00\x4e\x50\x02\x20\x00");
	NAS("service_reject", "\x7e\x00\x4d\x09");
	NAS("dereg_ue", "\x7e\x01" MAC "\x7e\x00\x45\x09" GUTI);
	NAS("dereg_accept", "\x7e\x02" MAC "\x7e\x00\x46");
	NAS("dereg_net", "\x7e\x02" MAC "\x7e\x00\x47\x03\x58\x03");
	NAS("auth_reject", "\x7e\x00\x58");
	NAS("config_update", "\x7e\x02" MAC "\x7e\x00\x54\xd1\x77" GUTI
	    "\x46\x40\x47\x32\x01\x01\x21\x43\x65\x40\x49\x01\x00");
	NAS("est_request", "\x7e\x02" MAC "\x7e\x00\x67\x01\x00\x0b\x2e\x05\x01\xc1\xff\xff\x93\xa1\x39\x01\x55"
	    "\x12\x05\x81\x22\x04\x01\x01\x02\x03" DNN);
	NAS("est_accept", "\x7e\x02" MAC "\x7e\x00\x68\x01\x00\x3c\x2e\x05\x01\xc2\x13\x00\x06\x01\x00\x03\x31\x3f\x01"
	    "\x06\x06\x00\x01\x06\x00\x02\x59\x32\x29\x0d\x03\0\0\0\0\0\0\0\x09\x0a\x2d\x00\x05"
	    "\x22\x01\x01\x79\x00\x06\x01\x20\x41\x01\x01\x09" DNN "\x12\x05");
	NAS("est_accept_v4", "\x2e\x06\x02\xc2\x11\x00\x00\x00\x29\x05\x01\x0a\x2d\x00\x06");
	NAS("est_reject", "\x7e\x02" MAC "\x7e\x00\x68\x01\x00\x05\x2e\x05\x01\xc3\x1b\x12\x05\x58\x5a");
	NAS("mod_request", "\x2e\x05\x02\xc9\x59\x24");
	NAS("mod_command", "\x2e\x05\x02\xcb\x59\x24\x2a\x06\x06\x00\x01\x06\x00\x01");
	NAS("mod_complete", "\x2e\x05\x02\xcc");
	NAS("rel_request", "\x2e\x05\x03\xd1\x59\x24");
	NAS("rel_reject", "\x2e\x05\x03\xd2\x2b");
	NAS("rel_command", "\x2e\x05\x03\xd3\x24");
	NAS("rel_complete", "\x2e\x05\x03\xd4");
	NAS("sms_transport", "\x7e\x02" MAC "\x7e\x00\x67\x02\x00\x03\x09\x01\x00");
}

static void build(void)
{
	if (n_vec)
		return;
	pfcp_establishment();
	pfcp_sessions();
	pfcp_nodes();
	nas_all();
	n_vec += protovec_ngap(vec + n_vec);
	if (n_vec > VECS)
		abort();
}

const struct protovec *protovec(const char *name)
{
	build();
	for (size_t i = 0; i < n_vec; i++)
		if (strcmp(vec[i].name, name) == 0)
			return &vec[i];
	return NULL;
}

const struct protovec *protovec_at(size_t i)
{
	build();
	return i < n_vec ? &vec[i] : NULL;
}
