package dev.strait.internal;

/** The version that this jar was built as. */
final class Version {
    static final String NUMBER = "${project.version}";

    private Version() {}
}
