#include "strait/version.h"

const char *strait_version(void)
{
    return STRAIT_VERSION;
}
