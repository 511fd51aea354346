import Specification
import Testing

@Suite struct RollCallTests {
    @Test func answersAreTakenInOneOrder() throws {
        let (weather, airport) = (try Party("weather"), try Party("airport"))
        var call = RollCall<Int>([weather, airport])
        #expect(call.next == weather)
        call.take(1)
        #expect(call.next == airport)
        call.take(2)
        #expect(call.next == nil)
        #expect(call.answers == [weather: 1, airport: 2])
    }
}
