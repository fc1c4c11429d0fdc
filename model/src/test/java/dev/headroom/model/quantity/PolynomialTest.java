package dev.headroom.model.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Arithmetic on polynomials is arithmetic on their values. */
final class PolynomialTest {
    private static final Polynomial B = Polynomial.BATCH;
    private static final Polynomial S = Polynomial.SEQUENCE;

    static LongStream seeds() {
        return new SplittableRandom(2026).longs(100);
    }

    private static Polynomial random(SplittableRandom random) {
        Polynomial[] symbols = {B, S, Polynomial.TENTH_OF_TOKENS, Polynomial.sequenceTiles(64)};
        Polynomial sum = Polynomial.constant(random.nextLong(-50, 50));
        for (int term = random.nextInt(4); term > 0; term--) {
            Polynomial product = Polynomial.constant(random.nextLong(-9, 10));
            for (int factor = random.nextInt(3); factor > 0; factor--) {
                product = product.times(symbols[random.nextInt(symbols.length)]);
            }
            sum = sum.plus(product);
        }
        return sum;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void arithmetic_anyValues_isThatOfTheValues(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Polynomial p = random(random);
        Polynomial q = random(random);
        long b = random.nextLong(1, 65);
        long s = random.nextLong(1, 5000);

        assertThat(p.plus(q).at(b, s)).isEqualTo(p.at(b, s) + q.at(b, s));
        assertThat(p.minus(q).at(b, s)).isEqualTo(p.at(b, s) - q.at(b, s));
        assertThat(p.times(q).at(b, s)).isEqualTo(p.at(b, s) * q.at(b, s));
        assertThat(p.times(6).dividedExactlyBy(3)).isEqualTo(p.times(2));
        assertThat(p.minus(p)).isEqualTo(Polynomial.ZERO);
        assertThat(p.plus(q)).isEqualTo(q.plus(p)).hasSameHashCodeAs(q.plus(p));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void upperEnvelope_anyPolynomials_isTheLargestOfTheirValues(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Polynomial> polynomials = List.of(random(random), random(random), random(random));
        long b = random.nextLong(1, 65);
        long s = random.nextLong(1, 5000);

        assertThat(new UpperEnvelope(polynomials).at(b, s))
                .isEqualTo(polynomials.stream().mapToLong(p -> p.at(b, s)).max().orElseThrow());
    }

    @Test
    void toString_severalTerms_hasHighestPowersFirst() {
        Polynomial p = B.times(S).times(S).times(8).plus(B.times(S)).minus(Polynomial.constant(12));

        assertThat(p).hasToString("8·b·s² + b·s - 12");
    }

    @Test
    void sequenceTiles_lengthBetweenTiles_roundsUp() {
        assertThat(Polynomial.sequenceTiles(64).at(1, 65)).isEqualTo(2);
        assertThatThrownBy(() -> Polynomial.sequenceTiles(48)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void dominates_oneSmallerCoefficient_isNotSeen() {
        assertThat(B.times(S).plus(S).dominates(S)).isTrue();
        assertThat(B.times(S).dominates(S)).isFalse();
    }

    @Test
    void at_valueBeyondLong_throws() {
        Polynomial huge = S.times(S).times(Long.MAX_VALUE / 4);

        assertThatThrownBy(() -> huge.at(1, 1_000_000)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void dividedExactlyBy_remainder_throws() {
        Polynomial odd = B.times(3);

        assertThatThrownBy(() -> odd.dividedExactlyBy(2)).isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void ofRank_anyPolynomialInRank_isThatWithANumberInItsPlace(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Polynomial p = random(random);
        Polynomial q = random(random);
        long rank = random.nextLong(1, 300);

        Polynomial ranked =
                p.plus(q.times(Polynomial.RANK).times(Polynomial.RANK)).ofRank(rank);

        assertThat(ranked).isEqualTo(p.plus(q.times(rank * rank)));
        assertThat(ranked.dependsOnRank()).isFalse();
    }

    @Test
    void ofRank_stepFunctions_areOfTheNumber() {
        Extent rank = Extent.rank(5);
        Extent blocks = rank.times(Extent.sequence(100)).dividedRoundingUpBy(64);
        Extent largest = Extent.largest(List.of(Extent.of(1000), rank.times(300), rank.times(200)));

        assertThat(blocks.value()).isEqualTo(8);
        assertThat(blocks.polynomial().ofRank(9).at(1, 100)).isEqualTo(15);
        assertThat(largest.value()).isEqualTo(1500);
        assertThat(largest.polynomial().ofRank(2)).isEqualTo(Polynomial.constant(1000));
        assertThat(blocks.times(rank).polynomial().ofRank(9))
                .isEqualTo(blocks.polynomial().ofRank(9).times(9));
    }

    @Test
    void at_polynomialInRank_hasNoValue() {
        assertThatThrownBy(() -> Polynomial.RANK.times(S).at(1, 1)).isInstanceOf(IllegalStateException.class);
    }
}
