package dev.headroom.model.job;

/**
 * One thing that is wrong with a job.
 *
 * @param kind whether the job makes no sense, or Headroom has no rule for it
 * @param key the job key it is about, such as {@code method.rank}
 * @param message what was found, what is allowed, and what to do
 */
public record Problem(Kind kind, String key, String message) {
    /** Why a job is refused. */
    public enum Kind {
        /** No framework would run this. */
        INVALID,
        /** It would run, but a rule is missing to say exactly how much memory it takes. */
        UNSUPPORTED
    }

    public static Problem invalid(String key, String message) {
        return new Problem(Kind.INVALID, key, message);
    }

    public static Problem unsupported(String key, String message) {
        return new Problem(Kind.UNSUPPORTED, key, message);
    }
}
