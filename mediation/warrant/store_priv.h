/* store_priv.h: what store.c and store_warrant.c share. */
#ifndef MEDIATION_WARRANT_STORE_PRIV_H
#define MEDIATION_WARRANT_STORE_PRIV_H

#include <sqlite3.h>

#include "mediation/warrant/seal.h"
#include "mediation/warrant/store.h"

enum store_statement {
#define STATEMENT(name, sql) STORE_##name,
#include "mediation/warrant/store.tbl"
	STORE_STATEMENTS
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *st[STORE_STATEMENTS];
	struct seal seal;
	struct buf scratch;		/* a sealed or a plain value */
	bool unsure;			/* how it syncs could not be set */
	bool slack;			/* what is committed may wait for the next sync */
	int lock;			/* file that one process holds */
	uint64_t cin_next, cin_end;	/* of the leased block */
};

/* What a sealed value is of: its column, its row's key. */
#define PLACE_MAX 64
struct place { uint8_t p[PLACE_MAX]; size_t n; };
static inline struct place store_place(const char *column, const void *key, size_t n)
{
	struct place at = { .n = strlen(column) + 1 };

	memcpy(at.p, column, at.n);
	memcpy(at.p + at.n, key, n);
	at.n += n;
	return at;
}
enum li_err store_bind_sealed(struct store *s, sqlite3_stmt *q, int i, const struct place *at, struct view plain) LI_MUST;
/* Good until the next one. It ends with a NUL that is not counted. */
enum li_err store_sealed(struct store *s, sqlite3_stmt *q, int i, const struct place *at, struct view *plain) LI_MUST;

/* Rows of an id, a kind, and a sealed body, whose column is named: one put, one deleted. */
enum li_err store_put_body(struct store *s, enum store_statement which, const char *column, uint64_t id, int kind, struct view body) LI_MUST;
enum li_err store_del_body(struct store *s, enum store_statement which, uint64_t id) LI_MUST;
/* The one row of a bound statement, the first column of which is sealed: as store_sealed(). LI_ENOTFOUND: there is none. */
enum li_err store_one_sealed(struct store *s, sqlite3_stmt *q, const struct place *at, struct view *body) LI_MUST;
/* The id and the body of the row that a statement "id, kind, body" stands at; the id also after an error. */
enum li_err store_body_at(struct store *s, sqlite3_stmt *q, const char *column, uint64_t *id, struct view *body) LI_MUST;

/* A country or none, and a LIID, in one sealed value. LI_EFORMAT. */
enum li_err store_bind_header(struct store *s, sqlite3_stmt *q, int i, const struct place *at, const struct li_country *country,
			      const struct li_liid *liid) LI_MUST;	/* country NULL: none */
enum li_err store_header(struct store *s, sqlite3_stmt *q, int i, const struct place *at, bool *has_country, struct li_country *country,
			 struct li_liid *liid) LI_MUST;

/* A statement ready to be bound; runs to its end and is reset. LI_EIO. */
sqlite3_stmt *store_use(struct store *s, enum store_statement which);
enum li_err store_run(struct store *s, sqlite3_stmt *q) LI_MUST;
/* One more row? LI_ECLOSED after the last one (and after it the statement is reset). */
enum li_err store_row(struct store *s, sqlite3_stmt *q) LI_MUST;
/* One statement that may wait for the next one's sync. */
enum li_err store_run_slack(struct store *s, sqlite3_stmt *q) LI_MUST;
void store_done(sqlite3_stmt *q);
struct view store_blob(sqlite3_stmt *q, int column);

#endif
