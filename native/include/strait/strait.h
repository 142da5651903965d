/* Everything, in one include. */
#ifndef STRAIT_STRAIT_H
#define STRAIT_STRAIT_H

#include "strait/barrier.h"
#include "strait/error.h"
#include "strait/latch.h"
#include "strait/lock.h"
#include "strait/outcome.h"
#include "strait/participant.h"
#include "strait/ring.h"
#include "strait/segment.h"
#include "strait/semaphore.h"
#include "strait/sequence.h"
#include "strait/share.h"
#include "strait/signal.h"
#include "strait/version.h"
#include "strait/wait_set.h"

#endif
