package dev.headroom.simulator.web;

import java.util.List;

/** Questions that are asked for no answer: Java compiles what is run often, and the first client need not wait for that. */
final class WarmUp {
    /** Layers of the job's model. With another number of them it is another job, which is recorded anew. */
    private static final int MOST_LAYERS = 22;

    private static final int MOVES = 6;

    private static final Question ESTIMATE = new Question("estimate", "");

    /** What the page asks first when a slider moves. */
    private static final List<Question> OF_A_MOVE = List.of(
            ESTIMATE,
            new Question(
                    "composition", ", \"methods\": [\"lora\", \"full\"], \"sequenceLengths\": [128, 512, 1024, 4096]"),
            new Question("timeline", ""),
            new Question("advise", ", \"reading\": \"analytic\""));

    private static final Question ADVICE = new Question("advise", ", \"front\": false");

    private final Api api;

    WarmUp(Api api) {
        this.api = api;
    }

    /**
     * A question about a small job.
     *
     * @param beside what its body has beside the job
     */
    private record Question(String name, String beside) {
        String body(int layers) {
            return "{\"job\": {\"model\": \"tinyllama-1.1b\", \"layersOverride\": %d, \"sequenceLength\": 1024}, \"gpu\": \"h100-80gb\"%s}"
                    .formatted(layers, beside);
        }
    }

    /** Asks for estimates, which takes a second. */
    void estimates() {
        for (int layers = 1; layers <= MOST_LAYERS; layers++) {
            ask(ESTIMATE, layers);
        }
    }

    /** Asks what the page asks, which takes a few seconds. */
    void page() {
        for (int move = 0; move < MOVES; move++) {
            for (Question question : OF_A_MOVE) {
                ask(question, MOST_LAYERS - move);
            }
        }
        ask(ADVICE, MOST_LAYERS);
    }

    private void ask(Question question, int layers) {
        api.answer(question.name(), question.body(layers));
    }
}
