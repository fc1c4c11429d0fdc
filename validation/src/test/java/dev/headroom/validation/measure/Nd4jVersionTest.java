package dev.headroom.validation.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.simulator.input.InputException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class Nd4jVersionTest {
    @Test
    void found_here_isTheVersionOfTheRules() {
        assertThat(Nd4jVersion.found()).hasValue(SoftwareStack.ND4J);
    }

    @Test
    void check_anotherVersion_isRefusedByName() {
        assertThatThrownBy(() -> Nd4jVersion.check(Optional.of("1.0.0-M2.1")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("ND4J 1.0.0-M2.1 is there, but measure trains on 1.0.0-M1.1");
        assertThatCode(() -> Nd4jVersion.check(Optional.empty())).doesNotThrowAnyException();
    }
}
