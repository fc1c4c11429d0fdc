package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

/** Commands, for tests of other packages. */
public final class Commands {
    private Commands() {}

    /** What a command prints, which must go well. */
    public static String run(String command) {
        CliRun run = CliRun.of(command.split(" ", -1));
        assertThat(run.err()).isEmpty();
        return run.out();
    }
}
