package dev.headroom.simulator.web;

import java.nio.charset.StandardCharsets;

/** What is sent back. Its bytes are shared, and never changed. */
final class Reply {
    static final String JSON = "application/json";

    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int METHOD_NOT_ALLOWED = 405;
    static final int TIMEOUT = 408;
    static final int TOO_LARGE = 413;
    static final int MISDIRECTED = 421;
    static final int UNPROCESSABLE = 422;
    static final int INTERNAL = 500;
    static final int BUSY = 503;

    private final int status;
    private final String type;
    private final byte[] body;

    /**
     * @param status HTTP status
     * @param type media type
     * @param body content
     */
    Reply(int status, String type, byte[] body) {
        this.status = status;
        this.type = type;
        this.body = body;
    }

    int status() {
        return status;
    }

    String type() {
        return type;
    }

    byte[] body() {
        return body;
    }

    static Reply json(String text) {
        return new Reply(OK, JSON, text.getBytes(StandardCharsets.UTF_8));
    }
}
