package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.pytorch.optim.SingularValueWorkspace;
import dev.headroom.simulator.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SingularValueWorkspaceTest {
    /** What cuSOLVER answered for each shape, in float32 numbers. */
    @Test
    void bytes_everyShapeAsked_isWhatCusolverAnswered() throws IOException {
        List<String> lines = Files.readAllLines(Golden.home().resolve("data/measured/cusolver-gesvdj-h100.csv"));
        assertThat(lines).hasSizeGreaterThan(1700);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);

            assertThat(SingularValueWorkspace.bytes(Long.parseLong(cells[0]), Long.parseLong(cells[1])))
                    .as(line)
                    .isEqualTo(4 * Long.parseLong(cells[2]));
        }
    }
}
