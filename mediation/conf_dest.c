/*
 * conf_dest.c: a destination as warrants.yaml says it, and as the profiles of x1 do, which are destinations without their names. An
 * agency is never quoted.
 */
#include "mediation/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "asn1/ps_wrap.h"
#include "handover/dest_conf.h"
#include "handover/address.h"
#include "handover/queue.h"
#include "handover/tri.h"
#include "mediation/conf_read.h"

/* A destination that says nothing: TS 102 232-1 clause 6.3 where it gives a value. */
#define DEFAULT_GEN_HEADER 33
#define DEFAULT_TIME1 (120 * LI_US_SECOND)
#define DEFAULT_TIME3 (60 * LI_US_SECOND)
#define DEFAULT_TIME5 (60 * LI_US_SECOND)
#define DEFAULT_TIME6 LI_US_SECOND
#define DEFAULT_RECONNECT LI_US_SECOND
#define DEFAULT_QUEUE ((size_t)32 << 20)
#define DEFAULT_RELEASE 19
#define DEFAULT_VERSION 3

#define RATE_LEAST	125			/* octets a second: 1 kbit/s */
#define RATE_MOST	INT64_C(50000000000)	/* 400 Gbit/s */
#define BURST_LEAST	LI_TLS_RECORD
#define BURST_MOST	((int64_t)1 << 30)

struct reading_dest {		/* what is read into, and what readers need to know beside it */
	struct hm_dest_conf d;
	const struct conf *c;		/* NULL: nobody's */
	const char *folder;
};

bool conf_uuid(struct yaml *y, const struct yaml_at *at, uint8_t b[16])
{
	const char *s = yaml_text(y, at, 64);

	if (!s)
		return false;
	if (!li_uuid_read(s, b) && !li_uuid_is_nil(b))
		return true;
	memset(b, 0, 16);
	yaml_fault(y, at, "a UUID is expected: 8-4-4-4-12 hexadecimal digits, not all zero");
	return false;
}

static void read_did(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	(void)k;
	(void)conf_uuid(y, at, ((struct li_did *)to)->b);
}

static bool take_address(struct yaml *y, const struct yaml_at *at, struct address *a)
{
	const char *s = yaml_text(y, at, LI_NAME_MAX);

	if (!s)
		return false;
	if (!address_read(s, strlen(s), a)) {
		yaml_fault(y, at, "HOST:PORT is expected, an IPv6 address in brackets");
		return false;
	}
	return true;
}

static void read_address(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct hm_dest_conf *d = to;
	struct address a;
	char *host;

	(void)k;
	if (!take_address(y, at, &a))
		return;
	host = strdup(a.host);
	if (!host)
		yaml_nomem(y);
	d->host = host;
	d->port = a.port;
}

static void read_addresses(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	size_t n = yaml_unset(at, k, to) ? 0 : yaml_count(y, at, (size_t)k->most, true);
	enum li_err e = LI_OK;
	struct buf all;
	char *copy;

	if (!n)
		return;
	buf_init(&all, 0);
	for (size_t i = 0; i < n && !e; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		struct address a;

		if (take_address(y, &item, &a))
			e = buf_printf(&all, "%s%s", i ? " " : "", yaml_text(y, &item, LI_NAME_MAX));
	}
	if (!e)
		e = buf_put(&all, "", 1);
	copy = e ? NULL : strdup((const char *)all.p);
	if (!copy)
		yaml_nomem(y);
	memcpy(to, &copy, sizeof(copy));
	buf_fini(&all);
}

static void read_dest_delivery(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct hm_dest_conf *d = to;
	int v;

	(void)k;
	if (!yaml_word(y, at, conf_deliveries, &v))
		return;
	d->hi2 = v & 1;
	d->hi3 = v & 2;
}

/* A country, or none whatever mdfd.yaml has. */
static void read_dest_country(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_unset(at, k, to) ? NULL : yaml_text(y, at, (size_t)k->most);
	struct li_country c;
	char *copy;

	if (!s || (strcmp(s, "none") != 0 && !conf_country(y, at, &c)))
		return;
	copy = strdup(s);
	if (!copy)
		yaml_nomem(y);
	memcpy(to, &copy, sizeof(copy));
}

static void read_dest_release(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct hm_dest_conf *d = to;

	(void)k;
	(void)conf_release(y, at, &d->release, &d->version);
}

static const struct reading_dest *reading(const struct yaml_key *k, const void *to)
{
	return (const void *)((const char *)to - k->offset);
}

static void read_spill(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const struct reading_dest *d = reading(k, to);

	yaml_read_choice(y, at, k, to);
	if (d->d.spill != HM_SPILL_NONE && d->c && !d->c->spool)
		yaml_fault(y, at, "mdfd.yaml names no spool");
}

/* A path relative to the document's folder. */
static void read_path(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	const char *s = yaml_unset(at, k, to) ? NULL : yaml_text(y, at, (size_t)k->most);
	char *full = s ? conf_path(reading(k, to)->folder, s) : NULL;

	if (s && !full)
		yaml_nomem(y);
	memcpy(to, &full, sizeof(full));
}

_Static_assert(offsetof(struct hm_dest_conf, did) == 0, "first member");
_Static_assert(offsetof(struct reading_dest, d) == 0, "first member");

#define DEST_TLS(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key dest_tls[] = {
#include "mediation/conf.tbl"
};
TABLE(dest_tls);
#define AGGREGATION(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key aggregation[] = {
#include "mediation/conf.tbl"
};
TABLE(aggregation);
#define ENCRYPTION(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key encryption[] = {
#include "mediation/conf.tbl"
};
TABLE(encryption);
#define PADDING(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key padding[] = {
#include "mediation/conf.tbl"
};
TABLE(padding);
#define INTEGRITY(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key integrity[] = {
#include "mediation/conf.tbl"
};
TABLE(integrity);
#define TIMER(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key timer[] = {
#include "mediation/conf.tbl"
};
TABLE(timer);
#define DEST(...) ROW(hm_dest_conf, __VA_ARGS__)
#define DEST_OPTION(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key dest[] = {
#include "mediation/conf.tbl"
};

static void check_dest(struct yaml *y, const struct yaml_at *at, const struct hm_dest_conf *d)
{
	if (!d->certificate != !d->key)
		yaml_fault(y, at, "tls: certificate and key belong together");
	if (!d->encryption != !d->encryption_key)
		yaml_fault(y, at, "encryption: a type other than none, and a key, belong together");
	if (d->time2 && d->time3 <= d->time2)		/* HO-KA-008 */
		yaml_fault(y, at, "timers: TIME3 must be longer than TIME2, the agency's");
	if (d->time4 && d->time5 <= d->time4)		/* HO-ACK-007 */
		yaml_fault(y, at, "timers: TIME5 must be longer than TIME4, the agency's");
	if (d->time5 <= d->time6)
		yaml_fault(y, at, "timers: TIME5 must be longer than TIME6");
	if (d->padding_rate && d->time_padding)
		yaml_fault(y, at, "padding: every, or rate");
	if (d->padding_rate && d->rate && d->padding_rate > d->rate)
		yaml_fault(y, at, "padding: its rate is more than rate allows");
	if (d->account_message && d->messages == HM_MESSAGES_NONE)
		yaml_fault(y, at, "account_message: is one of the messages that messages says no to");
	if (d->burst && !d->rate)
		yaml_fault(y, at, "burst: there is no rate");
	if (d->negotiation == HM_NEGOTIATION_TRY && d->success == HM_ACKNOWLEDGED && d->without_ack == HM_WITHOUT_REFUSE)
		yaml_fault(y, at, "negotiation: with try there are connections without acknowledgement, which without_acknowledgement refuses");
	if (d->hi4 == HM_HI4_YES && d->release && d->release < HM_HI4_SINCE)
		yaml_fault(y, at, "hi4: LI notifications are in TS 33.128 from release 16 on");
	if (d->hi4 == HM_HI4_YES && d->gen_header < PS_SINCE_HI4)
		yaml_fault(y, at, "hi4: LI notifications are in LI-PS-PDU from version %d on (ps_version)", PS_SINCE_HI4);
}

struct hm_dest_conf conf_dest_preset(const struct conf *c)
{
	return (struct hm_dest_conf){ .hi2 = true, .hi3 = true, .success = HM_ACKNOWLEDGED,
		.cc_form = PS_CC_EXTENDED, .time_form = PS_TIME_MICRO, .gen_header = DEFAULT_GEN_HEADER,
		.release = c ? c->release : DEFAULT_RELEASE, .version = c ? c->version : DEFAULT_VERSION,
		.time1 = DEFAULT_TIME1, .time3 = DEFAULT_TIME3, .time5 = DEFAULT_TIME5, .time6 = DEFAULT_TIME6,
		.reconnect = DEFAULT_RECONNECT, .queue = DEFAULT_QUEUE, .spill = c && c->spool ? HM_SPILL_IRI : HM_SPILL_NONE };
}

/* -- profiles: what is said once, for many ------------------------------------------------------------------------- */

/* What is read on top of: of the profile that `key` names, else of nobody. Texts are borrowed. */
static struct hm_dest_conf base_of(struct yaml *y, const struct yaml_at *at, const char *key, const struct conf *c)
{
	struct yaml_at value;
	const char *name = yaml_member(y, at, key, &value) ? yaml_text(y, &value, LI_NAME_MAX) : NULL;

	if (!name)
		return conf_dest_preset(c);
	for (size_t i = 0; c && i < c->n_profiles; i++)
		if (c->profile[i].name && strcmp(c->profile[i].name, name) == 0)
			return c->profile[i].d;
	yaml_fault(y, &value, "is no profile that stands %s", strcmp(key, "inherits") == 0 ? "before this one" : "in mdfd.yaml");
	return conf_dest_preset(c);
}

/* What is said goes before what is inherited and does not go with it. Texts are still borrowed. */
static void give_way(struct hm_dest_conf *d, const struct hm_dest_conf *base)
{
	bool every = d->time_padding != base->time_padding, rate = d->padding_rate != base->padding_rate;

	if (!d->encryption && d->encryption_key == base->encryption_key)
		d->encryption_key = NULL;
	if (rate && !every)
		d->time_padding = 0;
	if (every && !rate)
		d->padding_rate = 0;
	if (!d->rate && d->burst == base->burst)
		d->burst = 0;
}

/* Where that mapping is there, this is its first word: nobody has said it before. */
static void needs(struct yaml *y, const struct yaml_at *at, const char *mapping, const char *key)
{
	struct yaml_at map, value;

	if (yaml_member(y, at, mapping, &map) && yaml_is_map(&map) && !yaml_member(y, &map, key, &value))
		yaml_fault(y, &map, "%s is missing", key);
}

/* What was read on top of base becomes its own, and fits together. What of it is moot comes back. */
static uint64_t settle(struct yaml *y, const struct yaml_at *at, const struct conf *c, struct hm_dest_conf *d, const struct hm_dest_conf *base)
{
	uint64_t moot;

	give_way(d, base);
	moot = conf_moot(c, d, base);
	if (!base->hash)
		needs(y, at, "integrity", "hash");
	if (!base->encryption)
		needs(y, at, "encryption", "type");
	if (dest_conf_own(d, base))
		yaml_nomem(y);
	check_dest(y, at, d);
	return moot;
}

struct reading_named {
	struct reading_dest d;
	char *name;
};
_Static_assert(offsetof(struct reading_named, d) == 0, "first member");
#define NAMED(...) ROW(reading_named, __VA_ARGS__)
#define DEST_OPTION(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key named[] = {
#include "mediation/conf.tbl"
};

static void read_named(struct yaml *y, const struct yaml_at *at, struct conf *c, const char *folder)
{
	const struct hm_dest_conf base = base_of(y, at, "inherits", c);
	struct reading_named x = { .d = { .c = c, .folder = folder, .d = base } };
	struct conf_profile *p = &c->profile[c->n_profiles];

	yaml_map(y, at, named, sizeof(named) / sizeof(named[0]), &x, NULL);
	(void)settle(y, at, c, &x.d.d, &base);	/* what it may mean is known where it is taken */
	for (size_t i = 0; x.name && i < c->n_profiles; i++)
		if (c->profile[i].name && strcmp(c->profile[i].name, x.name) == 0)
			yaml_fault(y, at, "has the name of the profile in line %d", c->profile[i].line);
	*p = (struct conf_profile){ .line = yaml_line(y, at), .name = x.name, .d = x.d.d };
	c->n_profiles++;
}

void conf_read_profiles(struct yaml *y, const struct yaml_at *at, struct conf *c, const char *folder)
{
	size_t n = yaml_count(y, at, CONF_PROFILES_MAX, false);

	c->profile = n ? calloc(n, sizeof(*c->profile)) : NULL;
	if (n && !c->profile) {
		yaml_nomem(y);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);

		read_named(y, &item, c, folder);
	}
}

void conf_profiles_free(struct conf *c)
{
	for (size_t i = 0; i < c->n_profiles; i++) {
		free(c->profile[i].name);
		dest_conf_fini(&c->profile[i].d);
	}
	free(c->profile);
	c->profile = NULL;
	c->n_profiles = 0;
}

/* -- what X1 does not say of a destination ------------------------------------------------------------------------- */

struct reading_profile {
	struct reading_dest d;
	char *match;
};
_Static_assert(offsetof(struct reading_profile, d) == 0, "first member");
#define PROFILE(...) ROW(reading_profile, __VA_ARGS__)
#define DEST_OPTION(...) ROW(hm_dest_conf, __VA_ARGS__)
static const struct yaml_key profile[] = {
#include "mediation/conf.tbl"
};

void conf_dest_profile(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *folder, struct conf_x1_profile *p)
{
	const struct hm_dest_conf base = base_of(y, at, "profile", c);
	struct reading_profile x = { .d = { .c = c, .folder = folder, .d = base } };

	yaml_map(y, at, profile, sizeof(profile) / sizeof(profile[0]), &x, NULL);
	p->moot = settle(y, at, c, &x.d.d, &base);
	p->line = yaml_line(y, at);
	p->match = x.match;
	p->d = x.d.d;
}

/* -- a destination ------------------------------------------------------------------------------------------------- */

void conf_dest_item(struct yaml *y, const struct yaml_at *at, const struct conf *c, const char *folder, struct hm_dest_conf *to, uint64_t *moot)
{
	const struct hm_dest_conf base = base_of(y, at, "profile", c);
	struct reading_dest d = { .c = c, .folder = folder, .d = base };

	yaml_map(y, at, dest, sizeof(dest) / sizeof(dest[0]), &d, NULL);
	*moot = settle(y, at, c, &d.d, &base);
	*to = d.d;
}
