/**
 * The hot paths that Java has of its own, between two threads, in all ways of compiling them: what jcstress has seen
 * must be among what each test allows. {@code ci/stress} runs it.
 */
package dev.strait.stress;
