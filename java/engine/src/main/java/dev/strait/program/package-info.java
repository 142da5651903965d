/**
 * Child processes with exactly the descriptors that they are given, and pipelines of them:
 *
 * <pre>{@code
 * Pipeline sorted = Pipeline.of(Program.of("grep", "-v", "#"), Program.of("sort", "-u"))
 *         .openInput()
 *         .openOutput();
 * try (StartedPipeline pipeline = sorted.start()) {
 *     ByteBuffer text = ByteBuffer.allocate(100);
 *     pipeline.input().write(ByteBuffer.wrap("pear\n# fruit\napple\n".getBytes()));
 *     pipeline.input().close();
 *     while (pipeline.output().read(text) >= 0) {}
 *     System.out.print(new String(text.array(), 0, text.position()));
 *     System.out.println(pipeline.waitFor());
 * }
 * }</pre>
 */
package dev.strait.program;
