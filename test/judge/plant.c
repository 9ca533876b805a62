/* plant.c: a rewriting (asn1/rewrite.h) that puts in what strip.c takes out. */
#include "test/judge/plant.h"

#include <stdlib.h>

#include "asn1/rewrite.h"

#define MARK "c0NtEnT!"
static const char packed[] = "\x63\x98\x93\x5e\x74\x53\x43";	/* its eight septets (TS 23.038 clause 6.1.2.1), made elsewhere */

struct job {
	struct rewrite w;
	uint64_t state;
};

static unsigned below(struct job *j, unsigned n)
{
	j->state ^= j->state >> 12;
	j->state ^= j->state << 25;
	j->state ^= j->state >> 27;
	return (unsigned)((j->state * UINT64_C(2685821657736338717) >> 33) % n);
}

static void put(struct job *j, struct buf *b, const void *p, size_t n)
{
	if (!j->w.err)
		j->w.err = buf_put(b, p, n);
}

#define PUT(j, b, literal) put((j), (b), (literal), sizeof(literal) - 1)

/* -- short messages: each type, in each coding, with and without a header -- */

#define ADDRESS "\x0b\x91\x13\x46\x61\x00\x89\xf6"
#define TIME "\x20\x80\x62\x91\x73\x14\x08"

static void tpdu(struct job *j, struct buf *b)
{
#define HEAD(s) { s, sizeof(s) - 1 }
	static const struct { const char *p; size_t n; } head[] = { HEAD("\x04" ADDRESS "\x00"), HEAD("\x01\x05" ADDRESS "\x00"), HEAD("\x11\x05" ADDRESS "\x00"), HEAD("\x00\x06"),
		HEAD("\x00\xd3\x06"), HEAD("\x01\x06" TIME), HEAD("\x06\x05" ADDRESS TIME TIME "\x00\x06") };
	static const char dcs[] = "\x00\x04\x08";
	unsigned kind = below(j, 7), coding = below(j, 3);
	bool header = coding && below(j, 3) == 0;
	size_t first = b->n;

	put(j, b, head[kind].p, head[kind].n);
	put(j, b, dcs + coding, 1);
	if (kind == 0)
		PUT(j, b, TIME);
	if (kind == 2)
		PUT(j, b, "\xa7");
	if (coding == 0) {
		PUT(j, b, "\x08");
		put(j, b, packed, 7);
	} else if (header) {		/* in an element that is no control, and behind it */
		PUT(j, b, "\x13\x0a\x30\x08" MARK MARK);
	} else {
		PUT(j, b, "\x08" MARK);
	}
	if (header && !j->w.err)
		b->p[first] |= 0x40;
}

static void sms_data(struct job *j, struct buf *b)
{
	unsigned as = 1 + below(j, 5);
	struct buf octets = { 0 };

	if (as > 3)
		PUT(j, &octets, MARK);
	else
		tpdu(j, &octets);
	rewrite_put_as(&j->w, b, BER_CTX(as), buf_view(&octets));
	buf_fini(&octets);
}

/* -- messages -- */

#define PICK(j, list) (list)[below((j), sizeof(list) / sizeof((list)[0]))]

static void sip(struct job *j, struct buf *b)
{
	static const char *const text[] = { "MESSAGE sip:a SIP/2.0\r\nContent-Type: text/plain\r\n\r\n" MARK, "MESSAGE a SIP/2.0\r\n\r\n" MARK, MARK,
		"INVITE a SIP/2.0\r\nSubject: " MARK "\r\nc: application/sdp\r\n\r\nv=0",
		"INVITE a SIP/2.0\r\nc: multipart/mixed;boundary=b\r\n\r\n--b\r\nc: text/x\r\n\r\n" MARK "\r\n--b--",
		"MESSAGE a SIP/2.0\r\nc: message/cpim\r\n\r\nSubject: " MARK "\r\n\r\nContent-Type: text/plain\r\n\r\n" MARK,
		"MESSAGE a SIP/2.0\r\nc: application/vnd.3gpp.sms\r\n\r\n" MARK, "SIP/2.0 200 OK\r\nCSeq: 1 MESSAGE\r\nc: image/png\r\n\r\n" MARK,
		"REGISTER a SIP/2.0\r\nl: 1\r\n\r\n " MARK };

	PUT(j, b, "\xa1\x06\x81\x04\xc0\x00\x02\x01\xa2\x06\x81\x04\xc0\x00\x02\x02");
	rewrite_put_as(&j->w, b, BER_CTX(3), view_str(PICK(j, text)));
}

static void msrp(struct job *j, struct buf *b)
{
	static const char *const text[] = { MARK, "MSRP a SEND\r\nContent-Type: text/plain\r\n\r\n" MARK "\r\n-------a$\r\n",
		"MSRP a SEND\r\nByte-Range: 4-9/9\r\nContent-Type: message/cpim\r\n\r\n" MARK ": a\r\n-------a$",
		"MSRP a SEND\r\nContent-Type: message/cpim\r\n\r\nSubject: " MARK "\r\n\r\nContent-Type: image/x\r\n\r\n" MARK };

	rewrite_put_as(&j->w, b, BER_CTX(1), view_str(PICK(j, text)));
}

static void mime(struct job *j, struct buf *b)
{
	static const struct { const char *type, *text; } entity[] = { { "text/plain", MARK }, { "image/png", MARK }, { "multipart/mixed", MARK }, { "", MARK },
		{ "message/cpim", "a: b\r\n\r\nContent-Type: text/x\r\n\r\n" MARK }, { "application/vnd.gsma.rcspushlocation+xml", "<a id=\"" MARK "\"/>" },
		{ "application/vnd.gsma.rcs-ft-http+xml", "<data url=\"" MARK "\"/>" } };
	size_t i = below(j, sizeof(entity) / sizeof(entity[0]));

	rewrite_put_as(&j->w, b, BER_CTX(1), view_str(entity[i].type));
	rewrite_put_as(&j->w, b, BER_CTX(2), view_str(entity[i].text));
}

/* -- where -- */

typedef void fill_fn(struct job *j, struct buf *b);

static enum rewrite_verdict filled(struct job *j, const struct ber *v, fill_fn *fill, struct buf *out)
{
	struct buf in = { 0 };

	fill(j, &in);
	(void)rewrite_with(&j->w, v, buf_view(&in), out);
	buf_fini(&in);
	return REWRITE_DONE;
}

/* IMSPayload, RCSPayload: as it was, or with what somebody says that he did. */
static enum rewrite_verdict payload(struct job *j, const struct ber *v, bool rcs, struct buf *out)
{
	static fill_fn *const fills[] = { mime, msrp, sip };
	unsigned kind = rcs ? below(j, 3) : 2;
	struct buf message = { 0 }, full = { 0 }, in = { 0 };

	fills[kind](j, &message);
	if (rcs) {
		rewrite_put_as(&j->w, &in, BER_CTX_C(kind + 1), buf_view(&message));
		rewrite_put_as(&j->w, &full, BER_CTX_C(1), buf_view(&in));
	} else {
		rewrite_put_as(&j->w, &full, BER_CTX_C(1), buf_view(&message));
	}
	if (below(j, 2)) {
		PUT(j, &full, "\xa2\x05\xa1\x03\x81\x01\x01");
		in.n = 0;
		rewrite_put_as(&j->w, &in, BER_CTX_C(2), buf_view(&full));
		(void)rewrite_with(&j->w, v, buf_view(&in), out);
	} else {
		(void)rewrite_with(&j->w, v, buf_view(&full), out);
	}
	buf_fini(&message);
	buf_fini(&full);
	buf_fini(&in);
	return REWRITE_DONE;
}

static enum rewrite_verdict rule(struct rewrite *w, const struct field_type *t, const struct ber *v, struct buf *out)
{
	struct job *j = (struct job *)w;

	if (rewrite_is(t, "SMSTPDUData"))
		return filled(j, v, sms_data, out);
	if (rewrite_is(t, "MMSSubject") || rewrite_is(t, "TriggerPayload"))
		return rewrite_string(w, v, view_str("say " MARK), out);
	if (rewrite_is(t, "SIPMessage"))
		return filled(j, v, sip, out);
	if (rewrite_is(t, "MIMEEntity"))
		return filled(j, v, mime, out);
	if (rewrite_is(t, "IMSPayload") || rewrite_is(t, "RCSPayload"))
		return payload(j, v, rewrite_is(t, "RCSPayload"), out);
	return REWRITE_GO_IN;
}

bool plant_event(uint32_t tag, struct view event, uint64_t seed, struct buf *out)
{
	struct job j = { .w = { .value = rule, .newer_stay = true }, .state = seed ? seed : 1 };
	const struct field_type *t = rewrite_event_type(tag);
	struct rd r = rd_of(event);
	struct ber v;

	return t && ber_next(&r, &v) && rewrite_value(&j.w, t, &v, out) != REWRITE_GONE && !j.w.err;
}

bool plant_shows(struct view v)
{
	return memmem(v.p, v.n, MARK, sizeof(MARK) - 1) || memmem(v.p, v.n, packed, sizeof(packed) - 1);
}
