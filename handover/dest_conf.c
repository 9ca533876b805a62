/* dest_conf.c: see dest_conf.h. */
#include "handover/dest_conf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <li/log.h>

#include "handover/dial.h"
#include "handover/memlock.h"

#define PEER_TIME	(30 * LI_US_SECOND)	/* TIME2 and TIME4 of most agencies, clauses 6.3.4 and 6.3.6 */

/* -- as an object -------------------------------------------------------------------------------------------------- */

enum changes { WAY, LIVE, FIXED, OCTETS };
#define COLUMN	0
#define OPTION	1

static const size_t text_at[] = {
#define TEXT(member, changes, kept) offsetof(struct hm_dest_conf, member),
#define NUMBER(member, changes, kept)
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
};
#define TEXTS (sizeof(text_at) / sizeof(text_at[0]))

static const char **text_of(struct hm_dest_conf *c, size_t i)
{
	return (const char **)(void *)((char *)c + text_at[i]);
}

enum li_err dest_conf_copy(struct hm_dest_conf *to, const struct hm_dest_conf *from)
{
	bool bad = false;

	*to = *from;
	for (size_t i = 0; i < TEXTS; i++) {
		const char **t = text_of(to, i);
		char *copy = *t ? strdup(*t) : NULL;

		bad |= *t && !copy;
		*t = copy;
	}
	if (!bad)
		return LI_OK;
	dest_conf_fini(to);
	return LI_ENOMEM;
}

enum li_err dest_conf_own(struct hm_dest_conf *c, const struct hm_dest_conf *base)
{
	struct hm_dest_conf from = *base;
	enum li_err e = LI_OK;

	for (size_t i = 0; i < TEXTS; i++) {
		const char **t = text_of(c, i);

		if (!*t || *t != *text_of(&from, i))
			continue;
		*t = strdup(*t);
		e = *t ? e : LI_ENOMEM;
	}
	return e;
}

void dest_conf_fini(struct hm_dest_conf *c)
{
	for (size_t i = 0; i < TEXTS; i++) {
		const char **t = text_of(c, i);

		free((void *)(uintptr_t)*t);
		*t = NULL;
	}
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || strcmp(a, b) == 0);
}

/* Are they the same in what changes like that, or still less? */
static bool same(const struct hm_dest_conf *a, const struct hm_dest_conf *b, enum changes least)
{
	return true
#define TEXT(member, changes, kept) && (changes < least || same_text(a->member, b->member))
#define NUMBER(member, changes, kept) && (changes < least || a->member == b->member)
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
	;
}

static bool same_did(const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	return memcmp(a->did.b, b->did.b, sizeof(a->did.b)) == 0;
}

bool dest_conf_eq(const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	return same_did(a, b) && same(a, b, WAY);
}

bool dest_conf_may_follow(const struct hm_dest_conf *old, const struct hm_dest_conf *c)
{
	return same_did(old, c) && same(old, c, FIXED);
}

void dest_conf_lead(struct hm_dest_conf *to, const struct hm_dest_conf *as)
{
#define TEXT(member, changes, kept) \
	if (changes == WAY) \
		to->member = as->member;
#define NUMBER(member, changes, kept) TEXT(member, changes, kept)
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
}

bool dest_conf_same_octets(const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	return same(a, b, OCTETS);
}

/* -- as text ------------------------------------------------------------------------------------------------------- */

enum li_err dest_conf_write(const struct hm_dest_conf *c, struct buf *out)
{
	enum li_err e = LI_OK;

#define TEXT(member, changes, kept) \
	if (kept == OPTION && !e && c->member) \
		e = buf_printf(out, #member "=%s\n", c->member);
#define NUMBER(member, changes, kept) \
	if (kept == OPTION && !e && c->member) \
		e = buf_printf(out, #member "=%" PRIi64 "\n", (int64_t)c->member);
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
	return e;
}

static bool number_read(const char *s, int64_t *v)
{
	char *end;

	*v = strtoll(s, &end, 10);
	return end != s && !*end;
}

static enum li_err option_read(const char *member, const char *value, struct hm_dest_conf *c)
{
	int64_t v;

#define TEXT(name, changes, kept) \
	if (kept == OPTION && strcmp(member, #name) == 0) { \
		c->name = value; \
		return LI_OK; \
	}
#define NUMBER(name, changes, kept) \
	if (kept == OPTION && strcmp(member, #name) == 0) { \
		if (!number_read(value, &v)) \
			return LI_EFORMAT; \
		c->name = (__typeof__(c->name))v; \
		return LI_OK; \
	}
#include "handover/dest.tbl"
#undef TEXT
#undef NUMBER
	return LI_OK;
}

enum li_err dest_conf_read(char *lines, struct hm_dest_conf *c)
{
	char *at, *rest = lines;
	enum li_err e = LI_OK;

	while (!e && (at = strsep(&rest, "\n")) != NULL) {
		char *value = strchr(at, '=');

		if (!*at)
			continue;
		if (!value)
			return LI_EFORMAT;
		*value++ = '\0';
		e = option_read(at, value, c);
	}
	return e;
}

/* -- checked ------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	li_us unset, least, most;
} timers[] = {
#define TIMER(name, unset, least, most, text) { #name, unset, least, most },
#include "handover/timers.tbl"
#undef TIMER
};

void dest_label(const struct li_did *did, char out[DF_LABEL])
{
	char text[LI_UUID_TEXT];

	li_uuid_text(did->b, text);
	snprintf(out, DF_LABEL, "%.8s", text);
}

/* Between two of them; a steady rate takes them as they come due. */
static li_us padding_time(const struct hm_dest_conf *c)
{
	li_us each = c->padding_rate ? (li_us)((c->padding_size ? c->padding_size : HM_PADDING) * (uint64_t)LI_US_SECOND / c->padding_rate) : 0;

	return c->padding_rate ? each + 1 : c->time_padding;
}

/* The destination's timers with their defaults; LI_ECONFIG for one out of its limits. */
static enum li_err timers_of(const struct hm_dest_conf *c, li_us out[DF_TIMERS])
{
	char who[DF_LABEL];
	const li_us given[DF_TIMERS] = { [DF_TIME1] = c->time1, [DF_TIME3] = c->time3, [DF_TIME5] = c->time5,
					 [DF_TIME6] = c->time6, [DF_RECONNECT] = c->reconnect,
					 [DF_NEGOTIATION] = c->time_negotiation, [DF_IDLE] = c->time_idle, [DF_QUIET] = c->time_quiet,
					 [DF_RETURN] = c->time_return, [DF_PADDING] = padding_time(c) };

	dest_label(&c->did, who);
	for (unsigned t = 0; t < DF_TIMERS; t++) {
		out[t] = given[t] ? given[t] : timers[t].unset;
		if (out[t] < timers[t].least || out[t] > timers[t].most) {
			li_log(LI_LOG_ERR, "destination %s: %s: from %lld to %lld us", who, timers[t].name,
			       (long long)timers[t].least, (long long)timers[t].most);
			return LI_ECONFIG;
		}
	}
	if ((c->time2 && out[DF_TIME3] <= c->time2) || (c->time4 && out[DF_TIME5] <= c->time4)) {	/* HO-KA-008, HO-ACK-007 */
		li_log(LI_LOG_ERR, "destination %s: TIME3 must be longer than TIME2, TIME5 than TIME4", c->name);
		return LI_ECONFIG;
	}
	if ((!c->time2 && out[DF_TIME3] <= PEER_TIME) || (!c->time4 && out[DF_TIME5] <= PEER_TIME))
		li_log(LI_LOG_WARNING, "destination %s: TIME3 and TIME5 are to be longer than TIME2 and TIME4, "
		       "which are 30 s at most agencies", who);
	return LI_OK;
}

/* HO-INT-010: SHA-1 is for old peers, and none of ours. */
static bool seal_is_sound(const struct hm_dest_conf *c)
{
	if (c->hash == PS_HASH_NONE)
		return true;
	return c->hash >= PS_HASH_SHA256 && c->hash <= PS_HASH_SHA512 && c->hash_timeout >= 0 && c->sign_timeout >= 0 &&
	       c->data_pdu_count <= PS_CHECK_NUMBERS_MAX && c->hash_pdu_count <= HM_HASH_PDU_COUNT_MAX && c->first_check <= 1;
}

enum li_err dest_conf_check(const struct hm_dest_conf *c)
{
	const char *what = !c->name || !*c->name ? "name" : !c->host || !*c->host ? "address" : !c->port ? "port" :
			   !c->peer_name || !*c->peer_name ? "peer_name" : !c->hi2 && !c->hi3 ? "delivery" :
			   c->queue < QUEUE_MIN || c->queue > QUEUE_MAX ? "queue" : c->lanes > HM_LANES_MAX ? "lanes" : !seal_is_sound(c) ? "integrity" : NULL;
	char who[DF_LABEL];

	if (!what)
		return LI_OK;
	dest_label(&c->did, who);
	li_log(LI_LOG_ERR, "destination %s: %s: missing, or out of its limits", who, what);
	return LI_ECONFIG;
}

void df_conf_free(struct df_conf *c)
{
	if (!c)
		return;
	free(c->host);
	free(c->more);
	free(c->peer_name);
	tls_ctx_free(c->tls);
	cipher_free(c->cipher);
	free(c);
}

void hm_dest_tls(const struct hm_dest_conf *c, const struct tls_conf *own, struct tls_conf *out)
{
	*out = (struct tls_conf){
		.certificate = c->certificate ? c->certificate : own->certificate,
		.key = c->key ? c->key : own->key,
		.ca = c->ca ? c->ca : own->ca,
		.crl = c->crl ? c->crl : own->crl,
		.floor = c->tls_floor ? (enum tls_floor)c->tls_floor : own->floor,
		.ciphers = c->ciphers ? c->ciphers : own->ciphers,
		.ciphersuites = c->ciphersuites ? c->ciphersuites : own->ciphersuites,
	};
}

/* Where else. LI_ECONFIG: more than there may be, or what is no address. */
static enum li_err more_of(const struct hm_dest_conf *c, struct df_conf *f)
{
	const char *s = c->addresses;

	f->family = c->family == 4 ? AF_INET : c->family == 6 ? AF_INET6 : AF_UNSPEC;
	f->stays = c->stays;
	if (!s)
		return LI_OK;
	f->more = calloc(ADDRESSES_MAX, sizeof(*f->more));
	if (!f->more)
		return LI_ENOMEM;
	while (f->n_more < ADDRESSES_MAX && address_next(&s, &f->more[f->n_more]))
		f->n_more++;
	if (!s[strspn(s, " ")])
		return LI_OK;
	li_log(LI_LOG_ERR, "destination %s: addresses: more than %u, or one of them is none", f->label, ADDRESSES_MAX);
	return LI_ECONFIG;
}

static struct tls_ctx *tls_of(const struct hm_dest_conf *c, const struct tls_conf *own, char err[TLS_ERR_TEXT])
{
	struct tls_conf tls;

	hm_dest_tls(c, own, &tls);
	return tls_ctx_share(TLS_CLIENT, &tls, err, TLS_ERR_TEXT);
}

enum li_err dest_tls_check(const struct hm_dest_conf *c, const struct tls_conf *own, char *err, size_t n)
{
	char why[TLS_ERR_TEXT] = "";
	struct tls_ctx *x = tls_of(c, own, why);

	snprintf(err, n, "%s", why);
	tls_ctx_free(x);
	return x ? LI_OK : LI_ECONFIG;
}

/* HO-PEN-010: the key is the agency's and ours, and no octet of it goes anywhere else. */
static enum li_err cipher_of(const struct hm_dest_conf *c, struct cipher **out, char *err, size_t n)
{
	struct cipher_key key = { 0 };
	enum li_err e;

	if (!c->encryption)
		return LI_OK;
	(void)memlock(&key, sizeof(key));
	snprintf(err, n, "no key is named");
	e = c->encryption_key ? cipher_key_read(c->encryption_key, (enum ps_cipher)c->encryption, &key, err, n) : LI_ECONFIG;
	if (e)
		return e;
	key.little_iv = c->encryption_little;
	*out = cipher_new(&key);
	cipher_key_wipe(&key);
	if (!*out)
		snprintf(err, n, "no memory for %s, or OpenSSL has none", cipher_name((enum ps_cipher)c->encryption));
	return *out ? LI_OK : LI_ECONFIG;
}

enum li_err dest_encryption_check(const struct hm_dest_conf *c, char *err, size_t n)
{
	struct cipher *x = NULL;
	enum li_err e = cipher_of(c, &x, err, n);

	cipher_free(x);
	return e;
}

enum li_err dest_df_conf(const struct hm_dest_conf *c, const struct tls_conf *own, struct df_conf **out)
{
	struct df_conf *f = calloc(1, sizeof(*f));
	char err[TLS_ERR_TEXT];
	enum li_err e;

	if (!f)
		return LI_ENOMEM;
	dest_label(&c->did, f->label);
	f->host = c->host ? strdup(c->host) : NULL;
	f->peer_name = c->peer_name ? strdup(c->peer_name) : NULL;
	f->port = c->port;
	f->success = c->success;
	f->seal = (struct seal_terms){ c->hash, c->hash_timeout ? c->hash_timeout : HM_HASH_TIMEOUT,
				       c->data_pdu_count ? c->data_pdu_count : HM_DATA_PDU_COUNT };
	/* What is in TCP's send buffer is in the queue, too, until it is delivered: HO-BUF-007 */
	f->send_buffer = c->queue / 2 < dial_send_most() ? (int)(c->queue / 2) : 0;
	f->padding = c->padding_size ? c->padding_size : HM_PADDING;
	f->padding_rate = c->padding_rate;
	f->as_required = c->as_required;
	f->keepalive_closed = c->keepalive_closed;
	f->negotiation = c->negotiation;
	f->without_ack = c->without_ack;
	e = !f->host || !f->peer_name ? LI_ENOMEM : timers_of(c, f->timer);
	if (!e)
		e = more_of(c, f);
	if (!e) {
		f->tls = tls_of(c, own, err);
		if (!f->tls) {
			li_log(LI_LOG_ERR, "destination %s: %s", f->label, err);
			e = LI_ECONFIG;
		}
	}
	if (!e) {
		e = cipher_of(c, &f->cipher, err, sizeof(err));
		if (e)
			li_log(LI_LOG_ERR, "destination %s: encryption: %s", f->label, err);
	}
	if (e)
		df_conf_free(f);
	else
		*out = f;
	return e;
}

enum li_err dest_df_turn(struct df_conf *f, unsigned n)
{
	unsigned all = 1 + f->n_more, first = n % all;
	struct address to[ADDRESSES_MAX];
	char *host;
	uint16_t port;

	if (!first)
		return LI_OK;
	host = strdup(f->more[first - 1].host);
	if (!host) {
		df_conf_free(f);
		return LI_ENOMEM;
	}
	port = f->more[first - 1].port;
	for (unsigned i = 1; i < all; i++) {
		unsigned from = (first + i) % all;

		if (from) {
			to[i - 1] = f->more[from - 1];
		} else {
			snprintf(to[i - 1].host, sizeof(to[i - 1].host), "%s", f->host);
			to[i - 1].port = f->port;
		}
	}
	memcpy(f->more, to, f->n_more * sizeof(to[0]));
	free(f->host);
	f->host = host;
	f->port = port;
	return LI_OK;
}
