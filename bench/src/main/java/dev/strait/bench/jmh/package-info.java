/** What calls cost inside one process, and what they allocate, with JMH: run ci/bench --jmh. */
package dev.strait.bench.jmh;
