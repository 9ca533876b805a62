/*
 * pdus_main.c: PS-PDUs for scripts. Each argument is one PDU for standard output: iri:LIID:CIN:NUMBER, cc:…,
 * ack:NUMBER, ka:NUMBER, options:NUMBER (asks for acknowledgements), complete:NUMBER, test:LIID, reset:LIID, raw:HEX.
 * iris:LIID:CIN:COUNT and ccs:… write numbers 0 to COUNT - 1; irihash:LIID:CIN:COUNT and cchash:… the hash over these;
 * message:LIID:TEXT an operatorLeaMessage. With --read: names the PDUs on standard input, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "asn1/ps_dec.h"
#include "handover/chain.h"
#include "test/gen/pdus.h"

#define TIME INT64_C(1770371041608000)

static int read_all(void)
{
	static const char *const tri[] = { "integrity", "test", "padding", "keep-alive", "keep-alive-response", "first-segment", "last-segment",
		"cin-reset", "operator-message", "option-request", "option-response", "option-complete", "ack-request", "ack-response", "unknown" };
	struct buf b = { 0 };
	struct ps_pdu p;
	const char *what;
	size_t n, at;
	ssize_t k;

	do {
		while (ps_next(buf_view(&b), &n) == LI_OK) {
			if (ps_decode(view_of(b.p, n), &p, &at, &what))
				printf("undecoded %s\n", what);
			else
				printf("%s %u\n", p.kind == PS_TRI ? tri[p.tri] : p.kind == PS_IRI ? "iri" : p.kind == PS_CC ? "cc" : "other", p.number);
			fflush(stdout);
			buf_consume(&b, n);
		}
		if (buf_need(&b, 65536))
			return 1;
		k = read(STDIN_FILENO, b.p + b.n, 65536);
		b.n += k > 0 ? (size_t)k : 0;
	} while (k > 0);
	if (b.n)
		printf("torn %zu\n", b.n);
	buf_fini(&b);
	return 0;
}

/* An integrity check, number 0, over PDUs that iris: or ccs: writes. */
static bool put_hash(struct buf *b, struct pdu_of p, bool cc, unsigned long n)
{
	struct ps_check k = { .type = PS_CHECK_HASH, .data = cc ? PS_DATA_CC : PS_DATA_IRI, .hash = PS_HASH_SHA256 };
	uint8_t digest[CHAIN_DIGEST_MAX];
	struct buf one = { 0 }, body = { 0 };
	struct chain c;
	size_t size = 0;
	bool ok = chain_init(&c, k.hash) == LI_OK;

	for (p.number = 0; p.number < n && ok; p.number++) {
		p.extra = p.number % 1400;
		one.n = 0;
		ok = (cc ? pdu_cc(&one, &p) : pdu_iri(&one, &p)) && chain_put(&c, p.number, buf_view(&one)) == LI_OK;
	}
	n = c.n;
	ok = ok && chain_take(&c, digest, &size) == LI_OK;
	k.value = view_of(digest, size);
	p.number = 0;
	ok = ok && ps_check_write(&k, c.number, n, &body) == LI_OK && pdu_tri(b, &p, PS_TRI_INTEGRITY, buf_view(&body));
	chain_fini(&c);
	buf_fini(&one);
	buf_fini(&body);
	return ok;
}

static bool put_message(struct buf *b, const struct pdu_of *p, const char *text)
{
	struct buf body = { 0 };
	bool ok = ps_message_write(PS_INFORMATIONAL, view_str(text), &body) == LI_OK && pdu_tri(b, p, PS_TRI_OPERATOR_MESSAGE, buf_view(&body));

	buf_fini(&body);
	return ok;
}

static bool put(struct buf *b, char *text)
{
	static const uint8_t ask[] = { 0xa0, 2, 0x80, 0 };
	char *f[4] = { text, NULL, NULL, NULL };
	struct pdu_of p = { .liid = "LI-1", .operator_id = "OP01", .element = "MDF-1", .country = "NL", .time = TIME };
	bool ok = true;

	for (unsigned i = 1; i < 4 && (f[i] = strchr(f[i - 1], ':')); i++)
		*f[i]++ = '\0';
	if (f[3]) {
		unsigned long n = strtoul(f[3], NULL, 10), from = n, to = n + 1;
		bool cc = strncmp(f[0], "cc", 2) == 0;

		if (strcmp(f[0], "iris") == 0 || strcmp(f[0], "ccs") == 0) {
			from = 0;
			to = n;
		} else if (strcmp(f[0], "iri") && strcmp(f[0], "cc") && strcmp(f[0], "irihash") && strcmp(f[0], "cchash")) {
			return false;
		}
		p.liid = f[1];
		p.has_cin = true;
		p.cin = (uint32_t)strtoul(f[2], NULL, 10);
		if (strstr(f[0], "hash"))
			return put_hash(b, p, cc, n);
		for (; from < to && ok; from++) {
			p.number = (uint32_t)from;
			p.extra = from % 1400;
			ok = cc ? pdu_cc(b, &p) : pdu_iri(b, &p);
		}
		return ok;
	}
	if (!f[1])
		return false;
	if (strcmp(f[0], "message") == 0 && f[2]) {
		p.liid = f[1];
		return put_message(b, &p, f[2]);
	}
	p.number = (uint32_t)strtoul(f[1], NULL, 10);
	if (strcmp(f[0], "ack") == 0)
		return pdu_tri(b, &p, PS_TRI_ACK_REQUEST, view_of(NULL, 0));
	if (strcmp(f[0], "ka") == 0)
		return pdu_tri(b, &p, PS_TRI_KEEPALIVE, view_of(NULL, 0));
	if (strcmp(f[0], "options") == 0)
		return pdu_tri(b, &p, PS_TRI_OPTION_REQUEST, view_of(ask, sizeof(ask)));
	if (strcmp(f[0], "complete") == 0)
		return pdu_tri(b, &p, PS_TRI_OPTION_COMPLETE, view_of(NULL, 0));
	if (strcmp(f[0], "raw") == 0) {
		for (char *h = f[1]; *h && h[1] && ok; h += 2) {
			char two[3] = { h[0], h[1], '\0' };
			uint8_t x = (uint8_t)strtoul(two, NULL, 16);

			ok = buf_put(b, &x, 1) == LI_OK;
		}
		return ok;
	}
	p.number = 0;
	p.liid = f[1];
	if (strcmp(f[0], "test") == 0)
		return pdu_tri(b, &p, PS_TRI_TEST, view_of(NULL, 0));
	return strcmp(f[0], "reset") == 0 && pdu_tri(b, &p, PS_TRI_CIN_RESET, view_of(NULL, 0));
}

int main(int argc, char **argv)
{
	struct buf b = { 0 };

	if (argc == 2 && strcmp(argv[1], "--read") == 0)
		return read_all();
	for (int i = 1; i < argc; i++)
		if (!put(&b, argv[i])) {
			fprintf(stderr, "pdus: not a PDU: %s\n", argv[i]);
			return 2;
		}
	for (size_t at = 0; at < b.n;) {
		ssize_t k = write(STDOUT_FILENO, b.p + at, b.n - at);

		if (k <= 0)
			return 1;
		at += (size_t)k;
	}
	buf_fini(&b);
	return 0;
}
