/*
 * x1_client.c: our requests to an ADMF, over HTTPS by libcurl: TLS by our own rules (tls_dress_client), the server's certificate held
 * against the ADMF's names and, as TS 103 221-1 clause 8.2.4 has it, its UID against the identifier in the answer. A response whose
 * identifier is not its certificate's is thrown away.
 */
#include "mediation/x1/x1_report.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (256u << 10)	/* an acknowledgement has less than 1 kB */
#define BINDING "urn:etsi:li:103221-1:cert-binding:ADMF:"

struct x1_client {
	struct x1_client_conf c;
	char *text[3];			/* of c: its own */
	char **name;
	CURL *curl;
	struct curl_slist *head;
	struct x1_reader *reader;
	struct tls_guest guest;
	const struct tls_conf *tls;	/* during a call */
	struct tls_peer peer;
	bool has_peer;
	struct buf answer;
	char refused[160];		/* why TLS was refused by us */
	_Atomic bool stop;
};

static void on_refused(void *arg, const struct tls_refusal *r, const char *why)
{
	struct x1_client *c = arg;

	snprintf(c->refused, sizeof(c->refused), "%s: %s", r->check, why);
}

static CURLcode on_ssl(CURL *curl, void *ssl, void *arg)
{
	struct x1_client *c = arg;
	char err[TLS_ERR_TEXT] = "";

	(void)curl;
	if (tls_dress_client(ssl, c->tls, &c->guest, err, sizeof(err)) == LI_OK)
		return CURLE_OK;
	snprintf(c->refused, sizeof(c->refused), "%.150s", err);
	return CURLE_SSL_CERTPROBLEM;
}

static void learn(struct x1_client *c)
{
	struct curl_tlssessioninfo *info = NULL;

	if (c->has_peer || curl_easy_getinfo(c->curl, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info || !info->internals)
		return;
	tls_guest_peer(info->internals, &c->guest, &c->peer);
	c->has_peer = true;
}

static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct x1_client *c = arg;

	learn(c);
	return buf_put(&c->answer, p, size * n) ? 0 : size * n;
}

static size_t on_head(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	learn(arg);
	return size * n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&((struct x1_client *)arg)->stop);
}

/* What is the same in every call. The paths of certificates are TLS's own business (on_ssl): curl is to look for none. */
static bool prepare(struct x1_client *c)
{
	CURL *h = c->curl;

	return h && c->head &&
	       curl_easy_setopt(h, CURLOPT_URL, c->c.url) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(c->c.time2 / 1000)) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->head) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CAINFO, NULL) == CURLE_OK && curl_easy_setopt(h, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&	/* by tls_dress_client(), which asks more */
	       curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_CTX_FUNCTION, on_ssl) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSL_CTX_DATA, c) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_answer) == CURLE_OK && curl_easy_setopt(h, CURLOPT_WRITEDATA, c) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_head) == CURLE_OK && curl_easy_setopt(h, CURLOPT_HEADERDATA, c) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK && curl_easy_setopt(h, CURLOPT_XFERINFODATA, c) == CURLE_OK;
}

static bool copy(struct x1_client *c, const struct x1_client_conf *from)
{
	const char *const text[3] = { from->url, from->admf, from->ne };

	c->c = *from;
	c->c.n_names = 0;
	for (size_t i = 0; i < 3; i++)
		if (!(c->text[i] = strdup(text[i])))
			return false;
	c->c.url = c->text[0];
	c->c.admf = c->text[1];
	c->c.ne = c->text[2];
	c->name = calloc(from->n_names ? from->n_names : 1, sizeof(*c->name));
	for (; c->name && c->c.n_names < from->n_names; c->c.n_names++)
		if (!(c->name[c->c.n_names] = strdup(from->names[c->c.n_names])))
			return false;
	c->c.names = (const char *const *)(const void *)c->name;
	return c->name;
}

struct x1_client *x1_client_new(const struct x1_client_conf *conf)
{
	struct x1_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (!copy(c, conf)) {
		x1_client_free(c);
		return NULL;
	}
	c->guest = (struct tls_guest){ .names = c->c.names, .n_names = c->c.n_names, .refused = on_refused, .arg = c };
	buf_init(&c->answer, ANSWER_MAX);
	c->reader = x1_reader_new(NULL);
	c->curl = curl_easy_init();
	c->head = curl_slist_append(NULL, "Content-Type: application/xml; charset=utf-8");
	if (c->head && !curl_slist_append(c->head, "Expect:")) {
		curl_slist_free_all(c->head);
		c->head = NULL;
	}
	if (c->reader && prepare(c))
		return c;
	x1_client_free(c);
	return NULL;
}

void x1_client_free(struct x1_client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->head);
	x1_reader_free(c->reader);
	buf_fini(&c->answer);
	for (size_t i = 0; i < c->c.n_names; i++)
		free(c->name[i]);
	free(c->name);
	for (size_t i = 0; i < 3; i++)
		free(c->text[i]);
	free(c);
}

void x1_client_stop(struct x1_client *c)
{
	atomic_store(&c->stop, true);
}

/* X1-SEC-009: who answers is who its certificate says, and whom we asked. */
static bool is_admf(const struct x1_client *c, struct view id)
{
	bool bound = false;

	if (!c->has_peer || !view_eq(id, view_str(c->c.admf)))
		return false;
	for (size_t i = 0; i < 2; i++)
		bound |= strncmp(c->peer.urn[i], BINDING, sizeof(BINDING) - 1) == 0 && view_eq(id, view_str(c->peer.urn[i] + sizeof(BINDING) - 1));
	return bound || view_eq(id, view_str(c->peer.uid));
}

static enum li_err judge(struct x1_client *c, const uint8_t transaction[16], int *code, char *why, size_t n)
{
	struct x1_doc *d = NULL;
	struct x1_top top;
	enum li_err e = x1_read(c->reader, buf_view(&c->answer), &d, &top);

	if (e) {
		snprintf(why, n, "its answer cannot be read: %s", top.why);
		return LI_EFORMAT;
	}
	e = LI_EFORMAT;
	if (d->root == X1_REQUEST || d->n == 0)
		snprintf(why, n, "its answer is no response");
	else if (!is_admf(c, d->msg[0].head.admf)) {
		snprintf(why, n, "the answer's admfIdentifier is not the ADMF's, or not its certificate's: thrown away");
		e = LI_EAUTH;
	} else if (d->root == X1_TOP_LEVEL_ERROR)
		snprintf(why, n, "it could not read the request");
	else if (memcmp(d->msg[0].head.transaction, transaction, 16) != 0)
		snprintf(why, n, "the answer is to another request");
	else
		e = LI_OK;
	*code = e ? 0 : d->msg[0].error.code;
	x1_doc_free(d);
	return e;
}

enum li_err x1_client_ask(struct x1_client *c, const struct tls_conf *tls, bool fresh, struct view body, const uint8_t transaction[16], int *code,
			  char *why, size_t n)
{
	long status = 0;
	CURLcode r;

	c->tls = tls;
	c->has_peer = false;
	c->refused[0] = 0;
	c->answer.n = 0;
	*code = 0;
	r = curl_easy_setopt(c->curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, (const char *)body.p);
	if (r == CURLE_OK)
		r = curl_easy_perform(c->curl);
	c->tls = NULL;
	if (r != CURLE_OK) {
		snprintf(why, n, "%s", c->refused[0] ? c->refused : curl_easy_strerror(r));
		return c->refused[0] ? LI_EAUTH : LI_EIO;
	}
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		snprintf(why, n, "HTTP status %ld", status);
		return LI_EPEER;
	}
	return judge(c, transaction, code, why, n);
}
