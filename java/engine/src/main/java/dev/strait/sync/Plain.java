package dev.strait.sync;

import dev.strait.segment.SegmentObject;

/** The declaration of an object about which there is nothing more to choose. */
final class Plain extends SegmentObject {
    Plain(String name, Kind kind) {
        this(name, kind, 0);
    }

    private Plain(String name, Kind kind, long value) {
        super(name, kind, 0, value);
    }

    /** One with a value of that range. */
    static Plain with(String name, Kind kind, String what, long value, long least, long most) {
        Plain declaration = new Plain(name, kind, value);
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    declaration + ": " + what + " " + value + ": must be " + least + " to " + most);
        }
        return declaration;
    }
}
