package dev.headroom.model.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which layer gets which rank. */
final class RankPatternTest {
    private static RankPattern pattern(Object... keysAndRanks) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (int i = 0; i < keysAndRanks.length; i += 2) {
            ranks.put((String) keysAndRanks[i], (Integer) keysAndRanks[i + 1]);
        }
        return new RankPattern(ranks);
    }

    @Test
    void rank_ofLayers_isThatOfTheKeyTheirPathEndsWith() {
        RankPattern pattern = pattern("down_proj", 4, "layers.1.self_attn.q_proj", 64);

        assertThat(pattern.rank("model.layers.0.mlp.down_proj", 16)).isEqualTo(4);
        assertThat(pattern.rank("model.layers.1.self_attn.q_proj", 16)).isEqualTo(64);
        assertThat(pattern.rank("model.layers.0.self_attn.q_proj", 16)).isEqualTo(16);
    }

    @Test
    void rank_keyWithinAName_doesNotMatch() {
        assertThat(pattern("proj", 4).rank("model.layers.0.mlp.down_proj", 16)).isEqualTo(16);
        assertThat(pattern("down", 4).rank("model.layers.0.mlp.down_proj", 16)).isEqualTo(16);
        assertThat(pattern("1.mlp.up_proj", 4).rank("model.layers.11.mlp.up_proj", 16))
                .isEqualTo(16);
    }

    @Test
    void rank_severalKeysMatch_isThatOfTheFirst() {
        assertThat(pattern("q_proj", 4, "self_attn.q_proj", 64).rank("model.layers.0.self_attn.q_proj", 16))
                .isEqualTo(4);
        assertThat(pattern("self_attn.q_proj", 64, "q_proj", 4).rank("model.layers.0.self_attn.q_proj", 16))
                .isEqualTo(64);
    }

    @Test
    void rank_regularExpression_isMatchedAsOne() {
        RankPattern pattern = pattern("layers\\.[01]\\..*\\.(q|v)_proj", 8);

        assertThat(pattern.rank("model.layers.1.self_attn.v_proj", 16)).isEqualTo(8);
        assertThat(pattern.rank("model.layers.2.self_attn.v_proj", 16)).isEqualTo(16);
        assertThat(pattern.rank("model.layers.1.self_attn.k_proj", 16)).isEqualTo(16);
    }

    @Test
    void unused_keysThatDecideNothing_areNamed() {
        RankPattern pattern = pattern("q_proj", 4, "self_attn.q_proj", 64, "up", 2);

        assertThat(pattern.unused(List.of("model.layers.0.self_attn.q_proj")))
                .containsExactly("self_attn.q_proj", "up");
    }

    @Test
    void ranks_ofWrongKeysOrNumbers_areRefused() {
        assertThat(RankPattern.problem("q_(proj")).isPresent();
        assertThat(RankPattern.problem("a,b")).isPresent();
        assertThatThrownBy(() -> pattern("q_proj", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pattern("q_(proj", 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
