/*
 * x1_made.h: X1 documents for tests: messages around a body, random tasks, destinations and objects. A random thing is written
 * in one of two hands from the same seed: plainly, as our canonical fragment must be, or in the manner of a peer with prefixes,
 * blanks, comments and CDATA of its own.
 */
#ifndef TEST_X1_MADE_H
#define TEST_X1_MADE_H

#include <inttypes.h>
#include <li/buf.h>
#include <stdarg.h>
#include <string.h>

#include "mediation/x1/x1_frag.h"
#include "mediation/x1/x1_read.h"

#include "test/unit.h"

#define MADE_NS " xmlns=\"http://uri.etsi.org/03221/X1/2017/10\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"" \
	" xmlns:c=\"http://uri.etsi.org/03280/common/2017/07\" xmlns:h=\"http://uri.etsi.org/03221/X1/2017/10/HashedID\"" \
	" xmlns:s=\"http://uri.etsi.org/03221/X1/2017/10/DestinationSet\" xmlns:g=\"urn:3GPP:ns:li:3GPPX1Extensions:r19:v2\""
#define MADE_TX "3741800e-971b-4aa9-85f4-466d2b1adc7f"
#define MADE_XID "29f28e1c-f230-486a-a860-f5a784ab9172"
#define MADE_DID "19867c20-8c94-473e-b9cd-8b72b7b05fd4"

static inline void made_put(struct buf *b, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || buf_put(b, text, (size_t)n))
		abort();
}

/* One message of that type and version around a body. */
static inline void made_message(struct buf *b, const char *type, const char *version, const char *body)
{
	made_put(b, "<x1RequestMessage xsi:type=\"%s\"><admfIdentifier>admf-1</admfIdentifier><neIdentifier>mdf-1</neIdentifier>"
		 "<messageTimestamp>2026-01-01T00:00:00.000000Z</messageTimestamp><version>%s</version><x1TransactionId>" MADE_TX
		 "</x1TransactionId>", type, version);
	if (buf_put(b, body, strlen(body)))
		abort();
	made_put(b, "</x1RequestMessage>");
}

/* A request of one message, or of what `body` is where type is NULL. */
static inline void made_request(struct buf *b, const char *type, const char *version, const char *body)
{
	buf_init(b, 0);
	made_put(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><X1Request" MADE_NS ">");
	if (type)
		made_message(b, type, version, body);
	else if (buf_put(b, body, strlen(body)))
		abort();
	made_put(b, "</X1Request>");
}

/* The body of an ActivateTask with those targets and mediation details. */
#define MADE_TASK(targets, rest) "<taskDetails><xId>" MADE_XID "</xId><targetIdentifiers>" targets "</targetIdentifiers>" \
	"<deliveryType>X2andX3</deliveryType><listOfDIDs><dId>" MADE_DID "</dId></listOfDIDs>" rest "</taskDetails>"
#define MADE_IMSI "<targetIdentifier><imsi>001010123456789</imsi></targetIdentifier>"

/* -- random ones -- */
struct maker {
	struct buf *b;
	uint64_t seed;		/* what is in it */
	uint64_t whim;		/* how it is written; 0: plainly */
	const char *release;	/* of 3GPP's namespace */
	bool published;		/* only what the published schemas have: no destination set, no port 1 */
	bool in_3gpp;
};

static inline unsigned make_any(struct maker *m, unsigned n)
{
	return (unsigned)(unit_rand(&m->seed) % n);
}

static inline unsigned make_whim(struct maker *m, unsigned n)
{
	return m->whim ? (unsigned)(unit_rand(&m->whim) % n) : 0;
}

static inline void make_blank(struct maker *m)
{
	switch (make_whim(m, 6)) {
	case 1: made_put(m->b, "\n\t"); break;
	case 2: made_put(m->b, "<!-- a note -->"); break;
	case 3: made_put(m->b, " <?note ?>\r\n"); break;
	default: break;
	}
}

/* ns: 'x' X1, 'c' common, 'h' hashed, 's' set, 'g' 3GPP. */
static inline const char *make_prefix(struct maker *m, char ns)
{
	if (!m->whim)
		return ns == 'c' ? "c:" : ns == 'h' ? "h:" : ns == 's' ? "s:" : "";
	return ns == 'c' ? "etsi103280:" : ns == 'h' ? "hashedID:" : ns == 's' ? "destinationSet:" : ns == 'g' ? "ext:" : "ns1:";
}

static inline void make_open(struct maker *m, char ns, const char *name)
{
	make_blank(m);
	if (!m->whim && ns == 'g' && !m->in_3gpp)
		made_put(m->b, "<%s xmlns=\"urn:3GPP:ns:li:3GPPX1Extensions:%s\">", name, m->release);
	else
		made_put(m->b, "<%s%s%s>", make_prefix(m, ns), name, make_whim(m, 8) == 1 ? " " : "");
}

static inline void make_close(struct maker *m, char ns, const char *name)
{
	make_blank(m);
	made_put(m->b, "</%s%s>", make_prefix(m, ns), name);
}

/* A value that needs no escape but where it is given with one. */
static inline void make_text(struct maker *m, char ns, const char *name, const char *text)
{
	make_open(m, ns, name);
	if (*text == 0 && !m->whim) {	/* an element without anything */
		m->b->n--;
		made_put(m->b, "/>");
		return;
	}
	if (make_whim(m, 4) == 1 && !strchr(text, '&'))
		made_put(m->b, "<![CDATA[%s]]>", text);
	else
		made_put(m->b, "%s", text);
	made_put(m->b, "</%s%s>", make_prefix(m, ns), name);
}

static inline void make_uuid(struct maker *m, char ns, const char *name)
{
	char t[LI_UUID_TEXT];
	uint8_t u[16];

	for (size_t i = 0; i < sizeof(u); i++)
		u[i] = (uint8_t)make_any(m, 256);
	u[6] = 0x40 | (u[6] & 0xf);
	li_uuid_text(u, t);
	make_text(m, ns, name, t);
}

static inline const char *make_digits(struct maker *m, char *t, unsigned least, unsigned most)
{
	unsigned n = least + make_any(m, most - least + 1);

	for (unsigned i = 0; i < n; i++)
		t[i] = (char)('0' + make_any(m, 10));
	t[n] = 0;
	return t;
}

static inline const char *make_hex(struct maker *m, char *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		t[i] = "0123456789abcdef"[make_any(m, 16)];
	t[n] = 0;
	return t;
}

static inline const char *make_ip6(struct maker *m, char *t)
{
	for (unsigned i = 0; i < 8; i++)
		snprintf(t + 5 * i, 6, "%04x%s", make_any(m, 65536), i < 7 ? ":" : "");
	return t;
}

static inline void make_dids(struct maker *m, char ns, const char *name)
{
	unsigned n = make_any(m, 4), k = make_any(m, 3);

	if (n + k == 0 && !m->whim) {
		make_text(m, ns, name, "");
		return;
	}
	make_open(m, ns, name);
	while (n--)
		make_uuid(m, 'x', "dId");
	while (k--)
		make_uuid(m, 'x', "dSId");
	make_close(m, ns, name);
}

static inline const char *make_bool(struct maker *m)
{
	static const char *const v[] = { "true", "false", "1", "0" };

	return v[make_any(m, 4)];
}

static inline void make_services(struct maker *m, const char *name)
{
	static const char *const v[] = { "voice", "data", "messaging", "pushToTalk", "LALS", "RCS" };

	make_open(m, 'x', name);
	for (unsigned n = 1 + make_any(m, 3); n; n--)
		make_text(m, 'x', "serviceType", v[make_any(m, 6)]);
	make_close(m, 'x', name);
}

static inline void make_policies(struct maker *m)
{
	make_open(m, 'x', "listOfTrafficPolicyReferences");
	for (unsigned n = 1 + make_any(m, 2); n; n--)
		make_uuid(m, 'x', "trafficPolicyReference");
	make_close(m, 'x', "listOfTrafficPolicyReferences");
}

static inline void make_instant(struct maker *m, const char *name)
{
	static const char *const zone[] = { "Z", "+02:00", "-11:30" };
	char t[40];

	snprintf(t, sizeof(t), "20%02u-%02u-%02uT%02u:%02u:%02u.%06u%s", 26 + make_any(m, 9), 1 + make_any(m, 12), 1 + make_any(m, 28),
		 make_any(m, 24), make_any(m, 60), make_any(m, 60), make_any(m, 1000000), zone[make_any(m, 3)]);
	make_text(m, 'x', name, t);
}

/* One of 3GPP's extensions in X1Extensions. */
static inline void make_extension(struct maker *m, const char *name)
{
	static const char *const trigger[] = { "TimerExpiry", "PacketCount", "ByteCount" };
	char t[32];

	make_open(m, 'x', name);
	make_text(m, 'x', "Owner", "3GPP");
	make_open(m, 'g', "X1Extensions");
	m->in_3gpp = true;
	switch (make_any(m, 6)) {
	case 0:
		make_open(m, 'g', "LocationOnlyProvisioning");
		make_text(m, 'g', "LocationOnly", "");
		make_close(m, 'g', "LocationOnlyProvisioning");
		break;
	case 1:
		make_open(m, 'g', "HeaderReporting");
		make_open(m, 'g', "PDHType");
		make_text(m, 'g', "PDHR", "");
		make_close(m, 'g', "PDHType");
		make_close(m, 'g', "HeaderReporting");
		break;
	case 2:
		make_open(m, 'g', "HeaderReporting");
		make_open(m, 'g', "PDHType");
		make_open(m, 'g', "PDSR");
		for (unsigned n = 1 + make_any(m, 3); n; n--) {
			make_open(m, 'g', "PDSRTriggerType");
			make_text(m, 'g', trigger[make_any(m, 3)], make_digits(m, t, 1, 9));
			make_close(m, 'g', "PDSRTriggerType");
		}
		if (make_any(m, 2))
			make_text(m, 'g', "useSessionTriggers", make_bool(m));
		make_close(m, 'g', "PDSR");
		make_close(m, 'g', "PDHType");
		make_close(m, 'g', "HeaderReporting");
		break;
	case 3:
		make_open(m, 'g', "SDP");
		make_open(m, 'g', "SDPData");
		make_text(m, 'g', "LocalSDP", "v=0&#13;\no=- 1 1 IN IP4 192.0.2.1");
		make_close(m, 'g', "SDPData");
		make_close(m, 'g', "SDP");
		break;
	case 4:
		make_open(m, 'g', "IdentifierAssociation");
		make_text(m, 'g', "IdentifierAssociationEventsGenerated", make_any(m, 2) ? "All" : "IdentifierAssociation");
		make_close(m, 'g', "IdentifierAssociation");
		break;
	default:
		make_open(m, 'g', "LALSLILCSTargetProvisioning");
		make_text(m, 'g', "PositioningServiceType", make_any(m, 2) ? "Periodic" : "Immediate");
		make_text(m, 'g', "PositioningPeriodicity", make_digits(m, t, 1, 5));
		make_open(m, 'g', "PositioningParameters");
		make_blank(m);
		made_put(m->b, "<%sHorizontalAccuracy qos_class=\"ASSURED\">50</%sHorizontalAccuracy>", make_prefix(m, 'g'), make_prefix(m, 'g'));
		make_close(m, 'g', "PositioningParameters");
		make_close(m, 'g', "LALSLILCSTargetProvisioning");
	}
	make_close(m, 'g', "X1Extensions");
	m->in_3gpp = false;
	make_close(m, 'x', name);
}

static inline void make_target(struct maker *m)
{
	char t[256], k[64];
	unsigned i = make_any(m, 41);

	make_open(m, 'x', "targetIdentifier");
	switch (i) {
	case 0: make_text(m, 'x', "e164Number", make_digits(m, t, 1, 15)); break;
	case 1: make_text(m, 'x', "imsi", make_digits(m, t, 6, 15)); break;
	case 2: make_text(m, 'x', "imei", make_digits(m, t, 14, 14)); break;
	case 3: make_text(m, 'x', "macAddress", "00:0a:95:9d:68:16"); break;
	case 4:
		snprintf(t, sizeof(t), "%u.%u.%u.%u", make_any(m, 256), make_any(m, 256), make_any(m, 256), make_any(m, 256));
		make_text(m, 'x', "ipv4Address", t);
		break;
	case 5: make_text(m, 'x', "ipv6Address", make_ip6(m, t)); break;
	case 6:
		make_open(m, 'x', "ipv4Cidr");
		snprintf(t, sizeof(t), "%u.%u.0.0/%u", make_any(m, 256), make_any(m, 256), make_any(m, 33));
		make_text(m, 'c', "IPv4CIDR", t);
		make_close(m, 'x', "ipv4Cidr");
		break;
	case 7:
		snprintf(t, sizeof(t), "%s/%u", make_ip6(m, k), 1 + make_any(m, 128));
		make_text(m, 'x', "ipv6Cidr", t);
		break;
	case 8:
		snprintf(t, sizeof(t), "%u", 2 + make_any(m, 65534));
		make_text(m, 'x', "tcpPort", t);
		break;
	case 9:
		make_open(m, 'x', "tcpPortRange");
		make_text(m, 'c', "start", "2");
		make_text(m, 'c', "end", "2048");
		make_close(m, 'x', "tcpPortRange");
		break;
	case 10:
		make_open(m, 'x', "tcpPortList");
		for (unsigned n = 1 + make_any(m, 3); n; n--)
			make_text(m, 'x', "tcpPort", "443");
		make_close(m, 'x', "tcpPortList");
		break;
	case 11: make_text(m, 'x', "udpPort", "0"); break;
	case 12:
		make_open(m, 'x', "udpPortList");
		make_text(m, 'x', "udpPort", "53");
		make_close(m, 'x', "udpPortList");
		break;
	case 13: make_text(m, 'x', "emailAddress", "a.b+c@mail.example.org"); break;
	case 14: make_text(m, 'x', "internationalizedEmailAddress", "j\xc3\xbcrgen@b\xc3\xbcro.example"); break;
	case 15: make_text(m, 'x', "sipUri", "sip:alice@ims.example.org;user=phone"); break;
	case 16: make_text(m, 'x', "telUri", "tel:+441632960083"); break;
	case 17: make_text(m, 'x', "h323Uri", "h323:bob@example.org"); break;
	case 18: make_text(m, 'x', "impu", "sip:alice@ims.example.org?a=b&amp;c=d"); break;
	case 19: make_text(m, 'x', "impi", "alice@ims.example.org"); break;
	case 20: make_text(m, 'x', "nai", "user&lt;1&gt;@realm.example"); break;
	case 21: make_text(m, 'x', "radiusAttribute", make_hex(m, t, 2 * make_any(m, 40))); break;
	case 22: make_text(m, 'x', "gtpuTunnelId", make_digits(m, t, 1, 9)); break;
	case 23: make_text(m, 'x', "callPartyRole", make_any(m, 2) ? "Forwarded-To" : "Originating"); break;
	case 24: make_text(m, 'x', "nonLocalIdentifier", make_any(m, 2) ? "Local" : "NonLocal"); break;
	case 25: make_text(m, 'x', "supiimsi", make_digits(m, t, 6, 15)); break;
	case 26: make_text(m, 'x', "supinai", "user@example.org"); break;
	case 27: make_text(m, 'x', "suci", make_hex(m, t, 26)); break;
	case 28: make_text(m, 'x', "peiImei", make_digits(m, t, 14, 14)); break;
	case 29: make_text(m, 'x', "peiImeiCheckDigit", make_digits(m, t, 15, 15)); break;
	case 30: make_text(m, 'x', "peiImeisv", make_digits(m, t, 16, 16)); break;
	case 31: make_text(m, 'x', "gpsiMsisdn", make_digits(m, t, 1, 15)); break;
	case 32: make_text(m, 'x', "gpsiNai", "name@example.org"); break;
	case 33: make_text(m, 'x', "eui64", "00:0a:95:ff:fe:9d:68:16"); break;
	case 34: make_text(m, 'x', "serviceAccessIdentifier", "DSL 17 / 4"); break;
	case 35:
		make_open(m, 'x', "hashedIdentifier");
		make_uuid(m, 'h', "hashContextID");
		make_text(m, 'h', "targetIdentityType", "InternationalE164");
		make_text(m, 'h', "hashDigest", make_hex(m, t, 64));
		make_close(m, 'x', "hashedIdentifier");
		break;
	case 36: make_text(m, 'x', "vrf", "customer 7"); break;
	case 37: make_text(m, 'x', "gtpcTunnelId", "4294967295"); break;
	default:
		make_open(m, 'x', "targetIdentifierExtension");
		make_text(m, 'x', "Owner", "3GPP");
		if (i == 38) {
			make_text(m, 'g', "DNN", "internet");
		} else if (i == 39) {
			make_open(m, 'g', "PTCLIX1TargetIdentifierExtensions");
			m->in_3gpp = true;
			make_open(m, 'g', "PTCLIX1TargetIdentifier");
			make_text(m, 'g', "MCPTTID", "sip:mcptt-7@example.org");
			make_close(m, 'g', "PTCLIX1TargetIdentifier");
			make_close(m, 'g', "PTCLIX1TargetIdentifierExtensions");
		} else {
			make_open(m, 'g', "UPFLIT3TargetIdentifierExtensions");
			m->in_3gpp = true;
			make_open(m, 'g', "UPFLIT3TargetIdentifier");
			make_open(m, 'g', "FTEID");
			make_text(m, 'g', "TEID", "305419896");
			make_text(m, 'g', "IPv4Address", "192.0.2.1");
			make_close(m, 'g', "FTEID");
			make_close(m, 'g', "UPFLIT3TargetIdentifier");
			make_close(m, 'g', "UPFLIT3TargetIdentifierExtensions");
		}
		m->in_3gpp = false;
		make_close(m, 'x', "targetIdentifierExtension");
	}
	make_close(m, 'x', "targetIdentifier");
}

static inline void make_scope(struct maker *m)
{
	bool s = make_any(m, 2), l = make_any(m, 2), r = make_any(m, 2), d = make_any(m, 2);

	if (!s && !l && !r && !d && !m->whim) {
		make_text(m, 'x', "serviceScopingOptions", "");
		return;
	}
	make_open(m, 'x', "serviceScopingOptions");
	if (s)
		make_services(m, "serviceType");
	if (l) {
		make_open(m, 'x', "locationType");
		if (make_any(m, 2)) {
			make_text(m, 'x', "doNotReport", "");
		} else {
			make_open(m, 'x', "listOfLocationTypes");
			make_open(m, 'x', "locationType");
			make_text(m, 'x', "beginningAndEnd", make_bool(m));
			make_text(m, 'x', "uponChange", make_bool(m));
			make_text(m, 'x', "LALS", make_bool(m));
			make_close(m, 'x', "locationType");
			make_close(m, 'x', "listOfLocationTypes");
		}
		make_close(m, 'x', "locationType");
	}
	if (r)
		make_text(m, 'x', "suspendOnOutboundInternationalRoaming", make_bool(m));
	if (d)
		make_text(m, 'x', "reportPostDialledDigits", make_bool(m));
	make_close(m, 'x', "serviceScopingOptions");
}

static inline void make_mediation(struct maker *m)
{
	static const char *const delivery[] = { "HI2Only", "HI3Only", "HI2andHI3" };
	char t[64];

	make_open(m, 'x', "mediationDetails");
	if (make_any(m, 2)) {
		make_text(m, 'x', "LIID", make_hex(m, t, 26 + 2 * make_any(m, 13)));
	} else {
		snprintf(t, sizeof(t), "LIID-%u/%u", make_any(m, 100000), make_any(m, 100000));
		make_text(m, 'x', "LIID", t);
	}
	make_text(m, 'x', "deliveryType", delivery[make_any(m, 3)]);
	if (make_any(m, 2))
		make_instant(m, "StartTime");
	if (make_any(m, 2))
		make_instant(m, "EndTime");
	if (make_any(m, 2))
		make_dids(m, 'x', "listOfDIDs");
	for (unsigned n = make_any(m, 3); n; n--)
		make_extension(m, "mediationDetailsExtensions");
	if (make_any(m, 2)) {
		make_open(m, 'x', "serviceScopingOptions");
		for (unsigned n = 1 + make_any(m, 2); n; n--)
			make_scope(m);
		make_close(m, 'x', "serviceScopingOptions");
	}
	if (make_any(m, 4) == 0)
		make_policies(m);
	make_close(m, 'x', "mediationDetails");
}

static inline void make_task(struct maker *m)
{
	static const char *const delivery[] = { "X2Only", "X3Only", "X2andX3" };
	char t[64];

	make_open(m, 'x', "taskDetails");
	make_uuid(m, 'x', "xId");
	make_open(m, 'x', "targetIdentifiers");
	for (unsigned n = 1 + make_any(m, 4); n; n--)
		make_target(m);
	make_close(m, 'x', "targetIdentifiers");
	make_text(m, 'x', "deliveryType", delivery[make_any(m, 3)]);
	make_dids(m, 'x', "listOfDIDs");
	if (make_any(m, 4)) {
		make_open(m, 'x', "listOfMediationDetails");
		for (unsigned n = 1 + make_any(m, 3); n; n--)
			make_mediation(m);
		make_close(m, 'x', "listOfMediationDetails");
	}
	if (make_any(m, 2))
		make_text(m, 'x', "correlationID", make_digits(m, t, 1, 18));
	if (make_any(m, 2))
		make_text(m, 'x', "implicitDeactivationAllowed", make_bool(m));
	if (make_any(m, 2))
		make_uuid(m, 'x', "productID");
	if (make_any(m, 2))
		make_services(m, "listOfServiceTypes");
	for (unsigned n = make_any(m, 3); n; n--)
		make_extension(m, "taskDetailsExtensions");
	if (make_any(m, 4) == 0)
		make_policies(m);
	make_close(m, 'x', "taskDetails");
}

static inline void make_dest(struct maker *m)
{
	static const char *const delivery[] = { "X2Only", "X3Only", "X2andX3" };
	char t[64];

	make_open(m, 'x', "destinationDetails");
	make_uuid(m, 'x', "dId");
	if (make_any(m, 2))
		make_text(m, 'x', "friendlyName", " LEMF &amp; Co. &quot;1&quot; ");
	make_text(m, 'x', "deliveryType", delivery[make_any(m, 3)]);
	make_open(m, 'x', "deliveryAddress");
	switch (make_any(m, 4)) {
	case 0: make_text(m, 'x', "e164Number", make_digits(m, t, 1, 15)); break;
	case 1: make_text(m, 'x', "uri", "https://lemf.example.org:9100/hi"); break;
	case 2: make_text(m, 'x', "emailAddress", "lemf@example.org"); break;
	default:
		make_open(m, 'x', "ipAddressAndPort");
		make_open(m, 'c', "address");
		if (make_any(m, 2))
			make_text(m, 'c', "IPv6Address", make_ip6(m, t));
		else
			make_text(m, 'c', "IPv4Address", "192.0.2.50");
		make_close(m, 'c', "address");
		make_open(m, 'c', "port");
		make_text(m, 'c', make_any(m, 2) ? "TCPPort" : "UDPPort", "8102");
		make_close(m, 'c', "port");
		make_close(m, 'x', "ipAddressAndPort");
	}
	make_close(m, 'x', "deliveryAddress");
	make_close(m, 'x', "destinationDetails");
}

/* `name`: createObject, modifyObject; object as the canonical fragment has it. */
static inline void make_object(struct maker *m, const char *name)
{
	static const char *const hash[] = { "sha-256", "sha-512", "sha3-512" };
	bool set = !m->published && make_any(m, 2);
	char t[128];

	make_blank(m);
	made_put(m->b, "<%s%s %s=\"%s%s\">", make_prefix(m, 'x'), name, m->whim ? "i:type" : "xsi:type", make_prefix(m, set ? 's' : 'h'),
		 set ? "DestinationSetDetails" : "HashContext");
	make_uuid(m, 'x', "objectId");
	if (set) {
		bool redundant = make_any(m, 2);

		if (make_any(m, 2))
			make_text(m, 's', "friendlyName", "both sites");
		make_open(m, 's', "listOfAssociatedDIDs");
		for (unsigned n = 1 + make_any(m, 3); n; n--) {
			make_open(m, 's', "AssociatedDID");
			make_uuid(m, 's', "dId");
			if (redundant)
				make_text(m, 's', "preference", make_digits(m, t, 1, 2));
			make_close(m, 's', "AssociatedDID");
		}
		make_close(m, 's', "listOfAssociatedDIDs");
		make_text(m, 's', "destinationSetType", redundant ? "Redundant" : "Duplicate");
	} else {
		make_text(m, 'h', "hashAlgorithm", hash[make_any(m, 3)]);
		make_text(m, 'h', "salt", make_hex(m, t, 16 + 2 * make_any(m, 17)));
	}
	make_blank(m);
	made_put(m->b, "</%s%s>", make_prefix(m, 'x'), name);
}

/* The document around one, in the peer's hand: its prefixes, an xsi:type with a prefix. */
static inline void make_document(struct maker *m, const char *type, void (*body)(struct maker *m))
{
	made_put(m->b, "<?xml version='1.0'?>\n<!-- from a peer -->\n<ns1:X1Request xmlns:ns1=\"http://uri.etsi.org/03221/X1/2017/10\""
		 " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:etsi103280=\"http://uri.etsi.org/03280/common/2017/07\""
		 " xmlns:hashedID=\"http://uri.etsi.org/03221/X1/2017/10/HashedID\""
		 " xmlns:destinationSet=\"http://uri.etsi.org/03221/X1/2017/10/DestinationSet\" xmlns:ext=\"urn:3GPP:ns:li:3GPPX1Extensions:%s\">"
		 "<ns1:x1RequestMessage i:type=\"ns1:%s\">", m->release, type);
	make_text(m, 'x', "admfIdentifier", "admf-1");
	make_text(m, 'x', "neIdentifier", "mdf-1");
	make_text(m, 'x', "messageTimestamp", "2026-01-01T00:00:00.000000Z");
	make_text(m, 'x', "version", "v1.22.1");
	make_text(m, 'x', "x1TransactionId", MADE_TX);
	body(m);
	make_blank(m);
	made_put(m->b, "</ns1:x1RequestMessage></ns1:X1Request>\n");
}

#endif
