/* conf_x2x3.c: x2x3 of mdfd.yaml: where points of interception connect, and who may. A listener is an address, or a mapping with peers
 * and kinds of its own. */
#include "mediation/conf_read.h"

#include <stdlib.h>

#include "mediation/listen.h"
#include "mediation/x/pressure.h"

#define DEFAULT_WORKERS 2

static void read_names(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_names *c = to;
	unsigned faults = yaml_faults(y);
	size_t n = yaml_count(y, at, (size_t)k->most, true);

	c->name = n ? calloc(n, sizeof(*c->name)) : NULL;
	if (n && !c->name)
		yaml_nomem(y);
	for (size_t i = 0; i < n && c->name; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		const char *s = yaml_text(y, &item, LI_NAME_MAX);

		if (!s)
			continue;
		c->name[c->n] = strdup(s);
		if (c->name[c->n])
			c->n++;
		else
			yaml_nomem(y);
	}
	if (n == 0 && yaml_faults(y) == faults)
		yaml_fault(y, at, "names no peer");
}

static void read_kinds(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_word words[] = { { "x2", CONF_X2 }, { "x3", CONF_X3 }, { NULL, 0 } };
	uint8_t *kinds = to;
	unsigned faults = yaml_faults(y);
	size_t n = yaml_count(y, at, (size_t)k->most, true);

	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_item(y, at, i);
		int which = 0;

		if (yaml_word(y, &item, words, &which))
			*kinds |= (uint8_t)which;
	}
	if (n == 0 && yaml_faults(y) == faults)
		yaml_fault(y, at, "must be x2, x3 or both");
}

static void read_listen(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to);

_Static_assert(offsetof(struct conf_x2x3, line) == 0, "first member");
#define X2X3_TLS(...) ROW(conf_x2x3, __VA_ARGS__)
static const struct yaml_key x2x3_tls[] = {
#include "mediation/conf.tbl"
};
TABLE(x2x3_tls);
#define X2X3_LISTEN(...) ROW(conf_x_listen, __VA_ARGS__)
static const struct yaml_key x2x3_listen[] = {
#include "mediation/conf.tbl"
};
#define X2X3(...) ROW(conf_x2x3, __VA_ARGS__)
static const struct yaml_key x2x3[] = {
#include "mediation/conf.tbl"
};

static void check_address(struct yaml *y, const struct yaml_at *at, const struct conf_x2x3 *x, const struct conf_x_listen *l)
{
	struct listen_at a;

	if (!l->address)
		return;
	if (listen_read(l->address, &a) || a.path) {
		yaml_fault(y, at, "ADDRESS:PORT is expected, the address in digits, IPv6 in brackets");
		return;
	}
	for (const struct conf_x_listen *o = x->listen; o < l; o++)
		if (o->address && strcmp(o->address, l->address) == 0)
			yaml_fault(y, at, "has the address of the listener in line %d", o->line);
}

static void read_listen(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	static const struct yaml_key plain = { .name = "address", .required = true, .least = 1, .most = LI_NAME_MAX };
	struct conf_x2x3 *x = to;
	unsigned faults = yaml_faults(y);
	size_t n = yaml_is_map(at) ? 1 : yaml_count(y, at, (size_t)k->most, true);

	if (n == 0 && yaml_faults(y) == faults)
		yaml_fault(y, at, "names no address");
	for (size_t i = 0; i < n; i++) {
		struct yaml_at item = yaml_is_map(at) ? *at : yaml_item(y, at, i);
		struct conf_x_listen *l = &x->listen[x->n_listen++];

		l->line = yaml_line(y, &item);
		if (yaml_is_map(&item))
			yaml_map(y, &item, x2x3_listen, sizeof(x2x3_listen) / sizeof(x2x3_listen[0]), l, NULL);
		else
			yaml_read_string(y, &item, &plain, &l->address);
		check_address(y, &item, x, l);
	}
}

/* X23-MDF-016: nobody is let in whose certificate bears no name that we know. */
static void check_peers(struct yaml *y, const struct conf_x2x3 *x)
{
	for (size_t i = 0; i < x->n_listen; i++)
		if (x->listen[i].peers.n == 0 && x->peers.n == 0)
			yaml_fault_line(y, x->listen[i].line, "x2x3.peers", "is missing: the names that certificates of points of interception bear");
}

void conf_read_x2x3(struct yaml *y, const struct yaml_at *at, const struct yaml_key *k, void *to)
{
	struct conf_x2x3 *x = calloc(1, sizeof(*x));
	unsigned faults = yaml_faults(y);

	(void)k;
	if (!x) {
		yaml_nomem(y);
		return;
	}
	memcpy(to, &x, sizeof(x));
	x->line = yaml_line(y, at);
	x->workers = DEFAULT_WORKERS;
	x->full_wait = PRESSURE_PATIENCE;
	yaml_map(y, at, x2x3, sizeof(x2x3) / sizeof(x2x3[0]), x, NULL);
	if (!x->kinds)
		x->kinds = CONF_X2 | CONF_X3;
	if (yaml_faults(y) == faults)
		check_peers(y, x);
}

static void free_names(struct conf_names *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->name[i]);
	free(n->name);
}

void conf_x2x3_free(struct conf_x2x3 *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n_listen; i++) {
		free(x->listen[i].address);
		free_names(&x->listen[i].peers);
	}
	free_names(&x->peers);
	free(x->certificate);
	free(x->key);
	free(x->ca);
	free(x->crl);
	free(x->ciphers);
	free(x->ciphersuites);
	free(x);
}
