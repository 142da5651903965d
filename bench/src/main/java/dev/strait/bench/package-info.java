/** What the hot path costs inside one process, with JMH: run ci/bench. */
package dev.strait.bench;
