/* log.c: one line, one write: lines of several threads never mix. */
#include <li/log.h>

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_LINE 1024	/* longer lines are cut: no message of ours comes near */

static enum li_log log_max = LI_LOG_INFO;

void li_log_level(enum li_log level)
{
	log_max = level;
}

void li_log(enum li_log level, const char *fmt, ...)
{
	char line[LOG_LINE];
	va_list ap;
	int n, m;

	if (level > log_max)
		return;
	n = snprintf(line, sizeof(line), "<%d>", (int)level);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (m < 0)
		return;
	n += m;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)	/* a line stays a line */
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;	/* nowhere left to say so */
}
