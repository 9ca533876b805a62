/*
 * tls_share.c: one context for all who name the same files and terms: a thousand agencies are reached with one certificate. What a
 * context was read of is known by device, inode, size and times of each file, so that a file that was replaced is read anew.
 *
 * The list holds no reference: a context leaves it when its last user gives it up, and its private key goes with it.
 */
#include "handover/tls_int.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILES 4
#define TEXTS 6

struct tls_share {
	char *text[TEXTS];	/* files first */
	enum tls_floor floor;
	struct seen { dev_t dev; ino_t ino; off_t size; struct timespec changed, written; } file[FILES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tls_ctx *all;

static void texts(const struct tls_conf *c, const char *out[TEXTS])
{
	const char *t[TEXTS] = { c->certificate, c->key, c->ca, c->crl, c->ciphers, c->ciphersuites };

	memcpy(out, t, sizeof(t));
}

static void share_free(struct tls_share *s)
{
	for (unsigned i = 0; i < TEXTS; i++)
		free(s->text[i]);
	free(s);
}

/* As it is now; NULL: a file is not there, or no memory: nobody shares it. */
static struct tls_share *share_of(const struct tls_conf *c)
{
	struct tls_share *s = calloc(1, sizeof(*s));
	const char *text[TEXTS];
	struct stat st;
	bool good = s != NULL;

	texts(c, text);
	for (unsigned i = 0; good && i < TEXTS; i++) {
		if (!text[i])
			continue;
		s->text[i] = strdup(text[i]);
		good = s->text[i] && (i >= FILES || stat(text[i], &st) == 0);
		if (good && i < FILES)
			s->file[i] = (struct seen){ st.st_dev, st.st_ino, st.st_size, st.st_ctim, st.st_mtim };
	}
	if (good) {
		s->floor = c->floor;
		return s;
	}
	if (s)
		share_free(s);
	return NULL;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same(const struct tls_share *a, const struct tls_share *b)
{
	bool is = a->floor == b->floor;

	for (unsigned i = 0; is && i < TEXTS; i++)
		is = !a->text[i] == !b->text[i] && (!a->text[i] || strcmp(a->text[i], b->text[i]) == 0);
	for (unsigned i = 0; is && i < FILES; i++) {
		const struct seen *x = &a->file[i], *y = &b->file[i];

		is = x->dev == y->dev && x->ino == y->ino && x->size == y->size && same_time(x->changed, y->changed) &&
		     same_time(x->written, y->written);
	}
	return is;
}

/* Its last user may be giving it up just now. */
static bool take(struct tls_ctx *x)
{
	unsigned n = atomic_load(&x->refs);

	while (n && !atomic_compare_exchange_weak(&x->refs, &n, n + 1))
		;
	return n != 0;
}

static struct tls_ctx *find(enum tls_role role, const struct tls_share *s)
{
	struct tls_ctx *x;

	pthread_mutex_lock(&lock);
	for (x = all; x && !(x->role == role && same(x->share, s) && take(x)); x = x->next)
		;
	pthread_mutex_unlock(&lock);
	return x;
}

struct tls_ctx *tls_ctx_share(enum tls_role role, const struct tls_conf *c, char *err, size_t errlen)
{
	struct tls_share *s = share_of(c);
	struct tls_ctx *x = s ? find(role, s) : NULL;

	if (x) {
		share_free(s);
		return x;
	}
	x = tls_ctx_new(role, c, err, errlen);
	if (!x || !s) {
		if (s)
			share_free(s);
		return x;
	}
	x->share = s;
	pthread_mutex_lock(&lock);
	x->next = all;
	all = x;
	pthread_mutex_unlock(&lock);
	return x;
}

void tls_share_leave(struct tls_ctx *x)
{
	struct tls_ctx **at;

	if (!x->share)
		return;
	pthread_mutex_lock(&lock);
	for (at = &all; *at != x; at = &(*at)->next)
		;
	*at = x->next;
	pthread_mutex_unlock(&lock);
	share_free(x->share);
}
