package dev.headroom.model.job;

/**
 * How many tokens go to each expert of a mixture that multiplies expert by expert: nobody knows before the run, and the peak
 * depends on it.
 */
public enum Routing {
    /** As many to each, as routers are trained to do. */
    EVEN {
        @Override
        long rowsOf(long expert, long tokens, long perToken, long experts) {
            long rows = Math.multiplyExact(tokens, perToken);
            return (expert + 1) * rows / experts - expert * rows / experts;
        }
    },
    /**
     * To each expert about half of what goes to the one before. Backward begins at the last expert, with everything saved: its
     * temporaries are least if it has few rows, and those of the one before then find little room freed.
     */
    FALLING {
        @Override
        long rowsOf(long expert, long tokens, long perToken, long experts) {
            long left = Math.multiplyExact(tokens, perToken);
            long rows = 0;
            for (long i = 0; i <= expert; i++) {
                double share = 2 - Math.pow(2, i - experts + 1.0);
                rows = Math.min(tokens, (long) Math.ceil(left / share));
                left -= rows;
            }
            return rows;
        }
    },
    /** Every token to the last experts: no routing saves more, or has larger temporaries. */
    LAST {
        @Override
        long rowsOf(long expert, long tokens, long perToken, long experts) {
            return expert < experts - perToken ? 0 : tokens;
        }
    };

    abstract long rowsOf(long expert, long tokens, long perToken, long experts);

    /**
     * Rows of one expert.
     *
     * @param expert its number, from 0
     * @param tokens tokens of a batch
     * @param perToken experts that each token is sent to
     * @param experts how many there are
     */
    public long rows(long expert, long tokens, long perToken, long experts) {
        return rowsOf(expert, tokens, perToken, experts);
    }
}
