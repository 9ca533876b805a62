/* http_two.c: HTTP/2 of a connection, by nghttp2, which holds streams to RFC 9113: their states, windows, heads, lengths. See http.c. */
#include "mediation/http_int.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_two { nghttp2_session *session; };

static struct http_request *request_of(nghttp2_session *s, int32_t stream)
{
	return stream > 0 ? nghttp2_session_get_stream_user_data(s, stream) : NULL;
}

static bool begins_request(const nghttp2_frame *f)
{
	return f->hd.type == NGHTTP2_HEADERS && f->headers.cat == NGHTTP2_HCAT_REQUEST;
}

/* -- what comes -- */

static int on_begin(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
	struct http_request *r = begins_request(f) ? http_request_new(arg) : NULL;

	if (!begins_request(f))
		return 0;
	if (!r)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	r->asked.http2 = true;
	r->stream = f->hd.stream_id;
	nghttp2_session_set_stream_user_data(s, r->stream, r);
	return 0;
}

static bool is(const uint8_t *name, size_t n, const char *what)
{
	return n == strlen(what) && memcmp(name, what, n) == 0;
}

static int on_header(nghttp2_session *s, const nghttp2_frame *f, const uint8_t *name, size_t n, const uint8_t *value, size_t len, uint8_t flags,
		     void *arg)
{
	struct http_request *r = begins_request(f) ? request_of(s, f->hd.stream_id) : NULL;
	char number[24];

	(void)flags;
	(void)arg;
	if (!r)
		return 0;
	r->n_head += n + len + 32;	/* RFC 9113 clause 6.5.2 counts it so */
	if (r->n_head > HTTP_HEAD_MAX)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;	/* the stream's error */
	if (is(name, n, ":method")) {
		snprintf(r->method, sizeof(r->method), "%.*s", (int)len, (const char *)value);
	} else if (is(name, n, ":path")) {
		r->n_path = len < sizeof(r->path) ? len : sizeof(r->path);
		memcpy(r->path, value, r->n_path);
	} else if (is(name, n, "content-type") && len < HTTP_TYPE_MAX) {
		snprintf(r->asked.type, sizeof(r->asked.type), "%.*s", (int)len, (const char *)value);
	} else if (is(name, n, "content-length") && len < sizeof(number)) {	/* a number: nghttp2 has seen to it */
		snprintf(number, sizeof(number), "%.*s", (int)len, (const char *)value);
		r->length = strtoull(number, NULL, 10);
		r->has_length = true;
	}
	return 0;
}

static int on_frame(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
	struct http_request *r = request_of(s, f->hd.stream_id);

	(void)arg;
	if (!r || (f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA))
		return 0;
	if (f->hd.flags & NGHTTP2_FLAG_END_STREAM)
		r->whole = true;	/* what is refused in this very frame needs no reset */
	if (begins_request(f))
		http_request_begin(r);
	if (f->hd.flags & NGHTTP2_FLAG_END_STREAM)
		http_request_whole(r);
	return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t stream, const uint8_t *p, size_t n, void *arg)
{
	struct http_request *r = request_of(s, stream);

	(void)flags;
	(void)arg;
	if (r)
		http_request_take(r, p, n);
	return 0;
}

static int on_close(nghttp2_session *s, int32_t stream, uint32_t code, void *arg)
{
	struct http_request *r = request_of(s, stream);

	(void)code;
	(void)arg;
	if (!r)
		return 0;
	nghttp2_session_set_stream_user_data(s, stream, NULL);
	http_request_detach(r);
	return 0;
}

/* -- what goes -- */

static ssize_t on_read(nghttp2_session *s, int32_t stream, uint8_t *to, size_t n, uint32_t *flags, nghttp2_data_source *from, void *arg)
{
	struct http_request *r = from->ptr;
	size_t left = r->answer.n - r->sent;

	(void)s;
	(void)stream;
	(void)arg;
	n = n < left ? n : left;
	if (n)
		memcpy(to, r->answer.p + r->sent, n);
	r->sent += n;
	if (r->sent == r->answer.n)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static nghttp2_nv field(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE };
}

bool http_two_answer(struct http_request *r)
{
	nghttp2_data_provider body = { .source.ptr = r, .read_callback = on_read };
	char status[12], length[24], date[40];
	nghttp2_nv nv[5];
	size_t n = 0;

	snprintf(status, sizeof(status), "%u", r->status);
	snprintf(length, sizeof(length), "%zu", r->answer.n);	/* X1-HTTP-009 */
	http_date(date);
	nv[n++] = field(":status", status);
	nv[n++] = field("date", date);
	nv[n++] = field("content-type", r->answer_type);
	nv[n++] = field("content-length", length);
	if (r->allow)
		nv[n++] = field("allow", r->allow);
	return nghttp2_submit_response(r->conn->two->session, r->stream, nv, n, r->head_only || !r->answer.n ? NULL : &body) == 0;
}

void http_two_reset(struct http_request *r)
{
	/* without memory it ends with its connection */
	(void)nghttp2_submit_rst_stream(r->conn->two->session, NGHTTP2_FLAG_NONE, r->stream, r->answered ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
}

/* RFC 9113 clause 8.1: who has its answer need not send the rest of its body. But curl 7.88 does not read an answer that a reset comes
 * with: for a moment what it sends is thrown away. */
static int on_sent(nghttp2_session *s, const nghttp2_frame *f, void *arg)
{
	struct http_request *r = request_of(s, f->hd.stream_id);

	(void)arg;
	if (r && (f->hd.type == NGHTTP2_HEADERS || f->hd.type == NGHTTP2_DATA) && f->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		r->answered = true;
		r->due = http_now() + HTTP_LINGER;
	}
	return 0;
}

bool http_two_fill(struct http_conn *k)
{
	while (http_conn_has_room(k)) {
		const uint8_t *p;
		ssize_t n = nghttp2_session_mem_send(k->two->session, &p);

		if (n < 0 || (n && !http_conn_put(k, p, (size_t)n)))
			return false;
		if (n == 0)
			break;
	}
	if (!nghttp2_session_want_read(k->two->session) && !nghttp2_session_want_write(k->two->session))
		k->ends = true;
	return true;
}

bool http_two_take(struct http_conn *k, const uint8_t *p, size_t n)
{
	return nghttp2_session_mem_recv(k->two->session, p, n) == (ssize_t)n;
}

/* -- life -- */

bool http_two_new(struct http_conn *k)
{
	static const nghttp2_settings_entry settings[] = { { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP_STREAMS_MAX },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX }, { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 } };
	struct http_two *t = calloc(1, sizeof(*t));
	nghttp2_session_callbacks *c = NULL;
	bool good;

	k->two = t;
	if (!t || nghttp2_session_callbacks_new(&c))
		return false;
	nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, on_sent);
	good = nghttp2_session_server_new(&t->session, c, k) == 0;
	nghttp2_session_callbacks_del(c);
	return good && nghttp2_submit_settings(t->session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])) == 0;
}

void http_two_free(struct http_two *t)
{
	if (t)
		nghttp2_session_del(t->session);	/* NULL allowed */
	free(t);
}
