/* test_target.c: target identifiers in canonical form, who falls under them, and the index against a plain search. */
#include "mediation/warrant/target.h"

#include "test/unit.h"

static char texts[8][LI_TARGET_MAX + 1];

static struct li_id id(unsigned slot, const char *name, const char *value)
{
	struct li_id x;
	const char *why;
	enum li_err e = target_read(name, value, texts[slot], &x, &why);

	CU_ASSERT_EQUAL(e, LI_OK);
	if (e)
		fprintf(stderr, "%s %s: %s\n", name, value, why);
	return x;
}

static void canonical(void)
{
	static const struct { const char *name, *value, *out_name, *out; } v[] = {
		{ "supiimsi", "001010000000001", "supiimsi", "001010000000001" }, { "SUPIIMSI", "001010", "supiimsi", "001010" },
		{ "imsi", "001010000000001", "imsi", "001010000000001" },
		{ "supinai", "Alice@Realm.EXAMPLE", "supinai", "Alice@realm.example" }, { "nai", "x@A", "nai", "x@a" },
		{ "gpsiMsisdn", "491700000000", "gpsiMsisdn", "491700000000" }, { "gpsimsisdn", "+4917", "gpsiMsisdn", "4917" },
		{ "e164Number", "+1", "e164Number", "1" }, { "msisdn", "1", "msisdn", "1" }, { "gpsiNai", "Ext@A", "gpsiNai", "Ext@a" },
		{ "peiImei", "35693803564380", "peiImei", "35693803564380" },
		/* LI128-050: 15 digits lose the check digit, or the 0 that is sent in its place */
		{ "imei", "356938035643809", "imei", "35693803564380" }, { "peiImeiCheckDigit", "356938035643800", "peiImei", "35693803564380" },
		{ "peiImeisv", "3569380356438001", "peiImeisv", "3569380356438001" },
		{ "ipv4Address", "192.0.2.1", "ipv4Address", "192.0.2.1" }, { "ipv4Cidr", "192.0.2.0/24", "ipv4Cidr", "192.0.2.0/24" },
		{ "ipv4Cidr", "192.0.2.1/32", "ipv4Address", "192.0.2.1" },
		{ "ipv6Address", "2001:0DB8:0000:0000:0000:0000:0000:0001", "ipv6Address", "2001:db8::1" },
		{ "ipv6Address", "::ffff:192.0.2.1", "ipv4Address", "192.0.2.1" }, { "ipv6Cidr", "2001:db8::/32", "ipv6Cidr", "2001:db8::/32" },
		{ "ipv6Cidr", "::ffff:10.0.0.0/104", "ipv4Cidr", "10.0.0.0/8" }, { "ipv6Cidr", "8000::/1", "ipv6Cidr", "8000::/1" },
		/* what taps do not see */
		{ "macAddress", "00:1A:2b:3c:4d:5e", "macAddress", "00:1a:2b:3c:4d:5e" }, { "eui64", "00:1a:2b:3c:4d:5e:6f:70", "eui64", "00:1a:2b:3c:4d:5e:6f:70" },
		{ "sipUri", "sip:Alice@b.c", "impu", "sip:Alice@b.c" }, { "sipUri", "SIPS:a@b", "impu", "SIPS:a@b" }, { "impu", "sip:a@b", "impu", "sip:a@b" },
		{ "telUri", "tel:+31", "telUri", "tel:+31" }, { "impu", "tel:+31", "telUri", "tel:+31" }, { "impi", "a@b", "impi", "a@b" },
		{ "emailAddress", "a@b.c", "emailAddress", "a@b.c" }, { "internationalizedEmailAddress", "\xc3\xa9@b", "emailAddress", "\xc3\xa9@b" },
		{ "mcpttid", "sip:m@b", "MCPTTID", "sip:m@b" }, { "InstanceIdentifierURN", "urn:uuid:1", "InstanceIdentifierURN", "urn:uuid:1" },
		{ "PTCChatGroupID", "sip:g@b", "PTCChatGroupID", "sip:g@b" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct li_id x = id(0, v[i].name, v[i].value), again;
		char out[LI_TARGET_MAX + 1];

		target_text(&x, out);
		CU_ASSERT_STRING_EQUAL(out, v[i].out);
		CU_ASSERT_STRING_EQUAL(target_name(&x), v[i].out_name);
		again = id(1, target_name(&x), out);	/* what is written is read as the same */
		CU_ASSERT(target_eq(&x, &again));
	}
}

static void refused(void)
{
	static const struct { const char *name, *value; enum li_err e; } v[] = {
		{ "suci", "00", LI_EUNKNOWN }, { "", "1", LI_EUNKNOWN }, { "tcpPort", "80", LI_EUNKNOWN },
		{ "supiimsi", "00101", LI_ERANGE }, { "supiimsi", "0010100000000012", LI_ERANGE }, { "supiimsi", "", LI_ERANGE },
		{ "supiimsi", "imsi-001010000000001", LI_EFORMAT }, { "supiimsi", " 001010000000001", LI_EFORMAT },
		{ "gpsiMsisdn", "+", LI_ERANGE }, { "gpsiMsisdn", "++49", LI_EFORMAT }, { "gpsiMsisdn", "1234567890123456", LI_ERANGE },
		{ "peiImei", "3569380356438", LI_ERANGE }, { "peiImei", "356938035643808", LI_EFORMAT }, { "peiImei", "3569380356438001", LI_ERANGE },
		{ "peiImeisv", "356938035643800", LI_ERANGE }, { "supinai", "a b", LI_EFORMAT }, { "supinai", "", LI_ERANGE },
		{ "ipv4Address", "192.0.2", LI_EFORMAT }, { "ipv4Address", "192.0.2.256", LI_EFORMAT }, { "ipv4Address", "::1", LI_EFORMAT },
		{ "ipv4Address", "192.0.2.1/24", LI_EFORMAT }, { "ipv6Address", "192.0.2.1", LI_EFORMAT },
		{ "ipv4Cidr", "192.0.2.0", LI_EFORMAT }, { "ipv4Cidr", "192.0.2.1/24", LI_EFORMAT }, { "ipv4Cidr", "0.0.0.0/0", LI_ERANGE },
		{ "ipv4Cidr", "192.0.2.0/33", LI_ERANGE }, { "ipv4Cidr", "192.0.2.0/", LI_EFORMAT }, { "ipv4Cidr", "192.0.2.0/2 ", LI_EFORMAT },
		{ "ipv6Cidr", "::/0", LI_ERANGE }, { "ipv6Cidr", "::/129", LI_ERANGE }, { "ipv6Cidr", "::ffff:0:0/96", LI_ERANGE },
		{ "ipv6Cidr", "2001:db8::1/64", LI_EFORMAT }, { "ipv6Cidr", "::ffff:10.0.0.0/999", LI_ERANGE },
		{ "macAddress", "00:1a:2b:3c:4d", LI_EFORMAT }, { "macAddress", "00:1a:2b:3c:4d:5g", LI_EFORMAT }, { "macAddress", "00-1a-2b-3c-4d-5e", LI_EFORMAT },
		{ "eui64", "00:1a:2b:3c:4d:5e", LI_EFORMAT }, { "sipUri", "tel:1", LI_EFORMAT }, { "sipUri", "sip:", LI_EFORMAT }, { "telUri", "sip:a@b", LI_EFORMAT },
		{ "telUri", "tel:", LI_EFORMAT }, { "sipUri", "sip:a b", LI_EFORMAT }, { "impi", "", LI_ERANGE }, { "emailAddress", "a", LI_EFORMAT },
		{ "emailAddress", "@b", LI_EFORMAT }, { "emailAddress", "a@", LI_EFORMAT },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct li_id x;
		const char *why = NULL;
		enum li_err e = target_read(v[i].name, v[i].value, texts[0], &x, &why);

		CU_ASSERT_EQUAL(e, v[i].e);
		CU_ASSERT(why && *why && (!*v[i].value || strlen(v[i].value) < 3 || !strstr(why, v[i].value)));
		if (e != v[i].e)
			fprintf(stderr, "refused %zu: %d\n", i, (int)e);
	}
}

static struct li_id raw(enum li_id_kind kind, const char *text)
{
	return (struct li_id){ .kind = kind, .text = view_str(text) };
}

static struct li_id addr(const char *text, unsigned prefix)
{
	struct li_id x = { .prefix = (uint8_t)prefix };

	CU_ASSERT_EQUAL(li_addr_read(text, &x.addr), LI_OK);
	x.kind = x.addr.family == 4 ? LI_ID_IPV4 : LI_ID_IPV6;
	return x;
}

static void covers(void)
{
	struct li_id imei = id(0, "imei", "35693803564380"), sv = id(1, "peiImeisv", "3569380356438001"),
		nai = id(2, "supinai", "Alice@realm.example"), net = id(3, "ipv4Cidr", "10.1.0.0/16"),
		host = id(4, "ipv6Address", "2001:db8:1:2::5");
	struct li_id s;

	s = raw(LI_ID_IMEISV, "3569380356438099");
	CU_ASSERT(target_covers(&imei, &s) && !target_covers(&sv, &s));
	s = raw(LI_ID_IMEI, "35693803564380");
	CU_ASSERT(target_covers(&imei, &s) && !target_covers(&sv, &s));
	s = raw(LI_ID_IMEI, "3569380356438");
	CU_ASSERT(!target_covers(&imei, &s));
	s = raw(LI_ID_NAI, "Alice@REALM.example");
	CU_ASSERT(target_covers(&nai, &s));
	s = raw(LI_ID_NAI, "alice@realm.example");
	CU_ASSERT(!target_covers(&nai, &s));
	s = raw(LI_ID_GPSI_NAI, "Alice@realm.example");
	CU_ASSERT(!target_covers(&nai, &s));
	s = addr("10.1.255.255", 32);
	CU_ASSERT(target_covers(&net, &s));
	s = addr("10.2.0.0", 0);	/* 0: one host */
	CU_ASSERT(!target_covers(&net, &s));
	s = addr("2001:db8:1:2::", 64);	/* what the UE holds has the address in it */
	CU_ASSERT(target_covers(&host, &s));
	s = addr("2001:db8:1:3::", 64);
	CU_ASSERT(!target_covers(&host, &s));
	s = addr("2001:db8:1:2::", 128);
	CU_ASSERT(!target_covers(&host, &s));
}

/* What X1 names otherwise is found by what a tap sees; what it does not see is found by nobody. */
static void seen_as(void)
{
	static const struct { const char *name, *value; enum li_id_kind seen; } v[] = {
		{ "imsi", "001010000000001", LI_ID_IMSI }, { "e164Number", "4917", LI_ID_MSISDN }, { "msisdn", "4917", LI_ID_MSISDN }, { "nai", "a@b", LI_ID_NAI },
		{ "imei", "35693803564380", LI_ID_IMEI }, { "imei", "35693803564380", LI_ID_IMEISV }, { "impu", "sip:a@b", LI_ID_NONE },
		{ "impi", "a@b", LI_ID_NONE }, { "emailAddress", "a@b", LI_ID_NONE }, { "macAddress", "00:1a:2b:3c:4d:5e", LI_ID_NONE } };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct li_id t = id(0, v[i].name, v[i].value), s = t, other = id(1, "supiimsi", "001010000000002");

		CU_ASSERT_EQUAL(li_id_on_tap(t.kind), v[i].seen != LI_ID_NONE);
		CU_ASSERT(!target_covers(&t, &other));
		if (v[i].seen == LI_ID_NONE) {
			CU_ASSERT(!target_covers(&t, &s));	/* not even by itself */
			continue;
		}
		s.kind = v[i].seen;
		CU_ASSERT(target_covers(&t, &s));
		CU_ASSERT(v[i].seen == LI_ID_IMEISV || (target_same(&t, &s) && !target_eq(&t, &s)));
		s.kind = LI_ID_GPSI_NAI;
		CU_ASSERT(!target_covers(&t, &s));
	}
	{	/* octets that are no text tell two from each other */
		struct li_id a = id(0, "macAddress", "00:1a:2b:3c:4d:5e"), b = id(1, "macAddress", "00:1a:2b:3c:4d:5f");

		CU_ASSERT(!target_eq(&a, &b) && !target_same(&a, &b) && target_eq(&a, &a));
	}
}

/* -- the index -- */

#define MANY 400
struct item { struct target_entry e; struct li_id id; char text[LI_TARGET_MAX + 1]; bool in; unsigned found; };
static struct item item[MANY];

static void found(void *arg, struct target_entry *e)
{
	(void)arg;
	((struct item *)(void *)((char *)e - offsetof(struct item, e)))->found++;
}

/* Small worlds, so that things meet: few digits, few bits. */
static void random_id(uint64_t *seed, struct item *it, bool subject)
{
	static const enum li_id_kind kinds[] = { LI_ID_IMSI, LI_ID_NAI, LI_ID_MSISDN, LI_ID_GPSI_NAI, LI_ID_IMEI, LI_ID_IMEISV, LI_ID_IPV4,
		LI_ID_IPV6, LI_ID_IPV4, LI_ID_IPV6, LI_ID_IPV6 };
	struct li_id *x = &it->id;
	unsigned bits, n;

	*x = (struct li_id){ .kind = kinds[unit_rand(seed) % 11] };
	if (x->kind == LI_ID_IPV4 || x->kind == LI_ID_IPV6) {
		bits = x->kind == LI_ID_IPV4 ? 32 : 128;
		x->addr.family = x->kind == LI_ID_IPV4 ? 4 : 6;
		x->addr.b[0] = 0x20;
		x->addr.b[bits / 8 - 1] = (uint8_t)(unit_rand(seed) & 0x83);
		x->addr.b[7 % (bits / 8)] |= (uint8_t)(unit_rand(seed) & 3);
		n = (unsigned)(unit_rand(seed) % 4);
		x->prefix = (uint8_t)(n == 0 ? bits : n == 1 ? bits / 2 : 1 + unit_rand(seed) % bits);
		for (unsigned i = x->prefix; i < bits; i++)
			x->addr.b[i / 8] &= (uint8_t)~(0x80 >> i % 8);
		if (subject && n == 3)
			x->prefix = 0;
		return;
	}
	n = (unsigned)(unit_rand(seed) % 20);
	snprintf(it->text, sizeof(it->text), x->kind == LI_ID_IMEI ? "%014u" : x->kind == LI_ID_IMEISV ? "%014u01" : "%015u@A", n);
	if ((x->kind == LI_ID_NAI || x->kind == LI_ID_GPSI_NAI) && !subject)
		it->text[16] = 'a';	/* targets are canonical; subjects are as the network says it */
	if (x->kind == LI_ID_IMSI || x->kind == LI_ID_MSISDN)
		it->text[15] = 0;
	x->text = view_str(it->text);
	if (!subject)		/* named otherwise, and found all the same */
		x->kind = x->kind == LI_ID_IMSI && n % 2 ? LI_ID_PLAIN_IMSI : x->kind == LI_ID_MSISDN && n % 3 ? n % 2 ? LI_ID_E164 : LI_ID_PLAIN_MSISDN :
			  x->kind == LI_ID_NAI && n % 2 ? LI_ID_PLAIN_NAI : x->kind == LI_ID_IMEI && n % 2 ? LI_ID_PLAIN_IMEI : x->kind;
}

static void index_property(void)
{
	for (unsigned round = 0; round < unit_rounds(100); round++) {
		uint64_t seed = round * 7919 + 1;
		struct target_index *x = target_index_new();

		CU_ASSERT_PTR_NOT_NULL_FATAL(x);
		memset(item, 0, sizeof(item));
		for (unsigned step = 0; step < 1500; step++) {
			struct item *it = &item[unit_rand(&seed) % MANY], s;
			unsigned wrong = 0;

			if (it->in) {
				target_index_del(x, &it->e);
			} else {
				random_id(&seed, it, false);
				CU_ASSERT_EQUAL(target_index_reserve(x, 1), LI_OK);
				target_index_add(x, &it->e, &it->id);
			}
			it->in = !it->in;
			if (step % 3)
				continue;
			random_id(&seed, &s, true);
			for (unsigned i = 0; i < MANY; i++)
				item[i].found = 0;
			target_index_find(x, &s.id, found, NULL);
			for (unsigned i = 0; i < MANY; i++)
				wrong += item[i].found != (item[i].in && target_covers(&item[i].id, &s.id));
			CU_ASSERT_EQUAL(wrong, 0);
		}
		target_index_free(x);	/* with what is in it */
	}
}

UNIT_MAIN("target", UNIT(canonical), UNIT(refused), UNIT(covers), UNIT(seen_as), UNIT(index_property))
