/* nas_out.c: see nas_out.h. */
#include "test/gen/nas_out.h"

struct o {
	uint8_t *p;
	size_t n;
};

static void u8(struct o *o, unsigned x)
{
	o->p[o->n++] = (uint8_t)x;
}

static void u16(struct o *o, unsigned x)
{
	u8(o, x >> 8);
	u8(o, x & 255);
}

static void put(struct o *o, const void *p, size_t n)
{
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static uint8_t noise(uint64_t *s)
{
	*s = *s * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint8_t)(*s >> 56);
}

/* The length of what follows, in two octets at `at`. */
static void len16(struct o *o, size_t at)
{
	o->p[at] = (uint8_t)((o->n - at - 2) >> 8);
	o->p[at + 1] = (uint8_t)(o->n - at - 2);
}

static void bcd(struct o *o, const char *digits)
{
	for (size_t i = 0; digits[i]; i += 2)
		u8(o, (unsigned)(digits[i] - '0') | (digits[i + 1] ? (unsigned)(digits[i + 1] - '0') : 15u) << 4);
}

static void guti(struct o *o, const struct nas_ue *u)
{
	u8(o, 0xf2);
	put(o, u->plmn, 3);
	u8(o, u->region);
	u16(o, u->set_pointer);
	u16(o, u->tmsi >> 16);
	u16(o, u->tmsi & 0xffff);
}

size_t nas_out_registration(nas_out out, const struct nas_ue *u, bool concealed, uint64_t *seed)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x41);
	u8(&o, 0x79);
	u16(&o, 0);
	u8(&o, 0x01);			/* SUCI, IMSI format */
	put(&o, u->plmn, 3);
	u16(&o, 0x0000);		/* routing indicator 0 0 0 0 */
	if (concealed) {
		u8(&o, 1);
		u8(&o, 3);
		for (int i = 0; i < 45; i++)
			u8(&o, noise(seed));
	} else {
		u8(&o, 0);
		u8(&o, 0);
		bcd(&o, u->imsi + 5);
	}
	len16(&o, 4);
	u8(&o, 0x2e);			/* UE security capability */
	u8(&o, 2);
	u16(&o, 0xf0f0);
	return o.n;
}

size_t nas_out_registration_guti(nas_out out, const struct nas_ue *u)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x41);
	u8(&o, 0x71);
	u16(&o, 0);
	guti(&o, u);
	len16(&o, 4);
	return o.n;
}

/* Security header type, a message authentication code that nobody can check, the sequence number. */
static void secure(struct o *o, struct nas_ue *u, unsigned type)
{
	u8(o, 0x7e);
	u8(o, type);
	u16(o, 0xabcd);
	u16(o, 0xef01);
	u8(o, u->count++ & 255);
}

size_t nas_out_security_mode(nas_out out, struct nas_ue *u)
{
	struct o o = { out, 0 };

	secure(&o, u, 3);
	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x5d);
	u8(&o, u->nea << 4 | 2);
	u8(&o, 0);
	u8(&o, 2);
	u16(&o, 0xf0f0);
	return o.n;
}

size_t nas_out_protect(nas_out out, struct nas_ue *u, struct view plain, uint64_t *seed)
{
	struct o o = { out, 0 };

	secure(&o, u, 2);
	for (size_t i = 0; i < plain.n; i++)
		u8(&o, u->nea ? noise(seed) : plain.p[i]);
	return o.n;
}

size_t nas_out_accept(nas_out out, const struct nas_ue *u)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x42);
	u8(&o, 1);
	u8(&o, 1);
	u8(&o, 0x77);
	u16(&o, 11);
	guti(&o, u);
	return o.n;
}

/* NAS transport with N1 SM information; *at is where the container's length goes. */
static void transport(struct o *o, unsigned type, size_t *at)
{
	u8(o, 0x7e);
	u8(o, 0);
	u8(o, type);
	u8(o, 1);
	*at = o->n;
	u16(o, 0);
}

static void dnn_ie(struct o *o, const char *name)
{
	size_t at;

	u8(o, 0x25);
	at = o->n;
	u8(o, 0);
	while (*name) {
		size_t n = strcspn(name, ".");

		u8(o, (unsigned)n);
		put(o, name, n);
		name += n + (name[n] == '.');
	}
	o->p[at] = (uint8_t)(o->n - at - 1);
}

size_t nas_out_session_request(nas_out out, uint8_t psi, uint8_t type, const char *dnn, uint8_t sst)
{
	struct o o = { out, 0 };
	size_t at;

	transport(&o, 0x67, &at);
	u8(&o, 0x2e);
	u8(&o, psi);
	u8(&o, 1);
	u8(&o, 0xc1);
	u16(&o, 0xffff);
	u8(&o, 0x90u | type);
	len16(&o, at);
	u8(&o, 0x12);
	u8(&o, psi);
	u8(&o, 0x81);			/* initial request */
	u8(&o, 0x22);
	u8(&o, 1);
	u8(&o, sst);
	if (dnn)
		dnn_ie(&o, dnn);
	return o.n;
}

size_t nas_out_session_accept(nas_out out, uint8_t psi, uint8_t type, const struct li_addr *ue4, const char *dnn)
{
	static const uint8_t rules[] = { 1, 0, 6, 0x31, 0x31, 1, 1, 255, 9 };
	static const uint8_t ambr[] = { 6, 0, 100, 6, 0, 100 };
	struct o o = { out, 0 };
	size_t at;

	transport(&o, 0x68, &at);
	u8(&o, 0x2e);
	u8(&o, psi);
	u8(&o, 1);
	u8(&o, 0xc2);
	u8(&o, 0x10u | type);
	u16(&o, sizeof(rules));
	put(&o, rules, sizeof(rules));
	u8(&o, sizeof(ambr));
	put(&o, ambr, sizeof(ambr));
	if (ue4->family == 4) {
		u8(&o, 0x29);
		u8(&o, 5);
		u8(&o, 1);
		put(&o, ue4->b, 4);
	}
	if (dnn)
		dnn_ie(&o, dnn);
	len16(&o, at);
	u8(&o, 0x12);
	u8(&o, psi);
	return o.n;
}

static size_t session(nas_out out, unsigned transport_type, uint8_t psi, unsigned pti, unsigned sm, unsigned cause)
{
	struct o o = { out, 0 };
	size_t at;

	transport(&o, transport_type, &at);
	u8(&o, 0x2e);
	u8(&o, psi);
	u8(&o, pti);
	u8(&o, sm);
	if (cause)
		u8(&o, cause);
	len16(&o, at);
	u8(&o, 0x12);
	u8(&o, psi);
	return o.n;
}

size_t nas_out_session_release(nas_out out, uint8_t psi)
{
	return session(out, 0x68, psi, 0, 0xd3, 36);	/* regular deactivation */
}

size_t nas_out_session_released(nas_out out, uint8_t psi)
{
	return session(out, 0x67, psi, 0, 0xd4, 0);
}

size_t nas_out_session_reject(nas_out out, uint8_t psi, uint8_t cause)
{
	return session(out, 0x68, psi, 1, 0xc3, cause);
}

size_t nas_out_deregistration(nas_out out, const struct nas_ue *u)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x45);
	u8(&o, 0x01);
	u16(&o, 0);
	guti(&o, u);
	len16(&o, 4);
	return o.n;
}

size_t nas_out_deregistered(nas_out out)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x46);
	return o.n;
}

size_t nas_out_service_request(nas_out out, const struct nas_ue *u)
{
	struct o o = { out, 0 };

	u8(&o, 0x7e);
	u8(&o, 0);
	u8(&o, 0x4c);
	u8(&o, 0x11);
	u16(&o, 7);
	u8(&o, 0xf4);
	u16(&o, u->set_pointer);
	u16(&o, u->tmsi >> 16);
	u16(&o, u->tmsi & 0xffff);
	return o.n;
}
