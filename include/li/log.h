/*
 * log.h: lines to standard error with journald's priority in front. It knows nothing of configuration.
 * No identity, content or packet octet ever goes here; objects are named by opaque handles.
 */
#ifndef LI_LOG_H
#define LI_LOG_H

#include <li/err.h>

enum li_log { LI_LOG_ERR = 3, LI_LOG_WARNING = 4, LI_LOG_NOTICE = 5, LI_LOG_INFO = 6, LI_LOG_DEBUG = 7 };

/* One line, no newline at its end. Any thread. */
void li_log(enum li_log level, const char *fmt, ...) LI_PRINTF(2, 3);
/* Lines above this level are not written; LI_LOG_INFO at start. Call before threads start. */
void li_log_level(enum li_log level);

#endif
