import AddressPlanning
import Testing

@Suite struct BufferTableTests {
    private func parse(_ text: String) throws -> AllocationProblem { try BufferTable.parse(text, file: "t.csv") }

    @Test func tablesAreRead() throws {
        let expected = [
            Buffer(id: "x", lower: 0, upper: 3, size: 40), Buffer(id: "y 1", lower: -2, upper: 9, size: 4),
        ]
        #expect(try parse("id,lower,upper,size\nx,0,3,40\ny 1,-2,9,4\n").buffers == expected)
        // Another order, spaces, Windows' ends of lines, an empty line.
        #expect(try parse("size, id ,upper,lower\r\n40,x,3, 0\r\n\r\n4,y 1,9,-2").buffers == expected)
        #expect(try parse("id,lower,upper,size,alignment\nx,0,3,40,8\n").buffers[0].alignment == 8)
        let problem = try BufferTable.parse("id,lower,upper,size\nx,0,3,40\n", file: "t", alignment: 1, capacity: 99)
        #expect(problem.buffers[0].alignment == 1)
        #expect(problem.capacity == 99)
        #expect(try parse("id,lower,upper,size\n").buffers.isEmpty)
    }

    @Test(arguments: [
        ("", "t.csv, line 1: unknown column ''"),
        ("id,lower,upper\nx,0,3\n", "t.csv, line 1: the column 'size' is missing"),
        ("id,lower,upper,size,colour\n", "t.csv, line 1: unknown column 'colour'"),
        ("id,lower,upper,size,lower\n", "t.csv, line 1: the column 'lower' is named twice"),
        ("id,lower,upper,size\nx,0,3,4\ny,0,3\n", "t.csv, line 3: 3 cells for 4 columns"),
        ("id,lower,upper,size\n\nx,0,3,4,5\n", "t.csv, line 3: 5 cells for 4 columns"),
        ("id,lower,upper,size\n,0,3,4\n", "t.csv, line 2: the id is empty"),
        ("id,lower,upper,size\nx,0,3.5,4\n", "t.csv, line 2: a whole number is expected in the column 'upper'"),
        ("id,lower,upper,size\nx,0,3,99999999999999999999\n", "t.csv, line 2: a whole number is expected"),
        ("id,lower,upper,size\nx,0,3,4\ny,0,3,4\nx,5,6,4\n", "t.csv, line 4: buffer x is there already, on line 2"),
        ("id,lower,upper,size\nx,3,3,4\n", "t.csv, line 2: buffer x: [3, 3) with 4 bytes"),
        ("id,lower,upper,size\nx,0,3,0\n", "t.csv, line 2: buffer x: [0, 3) with 0 bytes"),
        ("id,lower,upper,size,alignment\nx,0,3,4,12\n", "t.csv, line 2: buffer x: [0, 3) with 4 bytes aligned to 12"),
        (
            "id,lower,upper,size\nx,0,1,1500000000000000000\ny,0,1,1500000000000000000\n",
            "t.csv, line 3: the sizes of all buffers"
        ),
    ])
    func errorsNameFileAndLine(text: String, message: String) throws {
        let error = #expect(throws: BufferTableError.self) { try parse(text) }
        #expect("\(try #require(error))".hasPrefix(message), "\(String(describing: error))")
    }

    @Test func filesAreReadAndMissingOnesNamed() throws {
        try withFile("buffers.csv", "id,lower,upper,size\nx,0,3,40\n") { file in
            let problem = try BufferTable.read(file.path)
            #expect(problem.buffers == [Buffer(id: "x", lower: 0, upper: 3, size: 40)])
            let absent = file.path + ".absent"
            #expect(throws: BufferTableError.cannotRead(file: absent)) { try BufferTable.read(absent) }
        }
        try withFile("bad.csv", "id,lower,upper,size\nx,0,3,forty\n") { file in
            #expect(throws: BufferTableError.notANumber(file: file.path, line: 2, column: "size")) {
                try BufferTable.read(file.path)
            }
        }
    }
}
